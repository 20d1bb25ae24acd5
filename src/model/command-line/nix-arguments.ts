/**
 * How the arguments of Nix's own commands are read, as far as it takes to put something between them: which word is
 * the subcommand, where the words of another program begin, which options bring a value along.
 *
 * Sources: NixOS/nix src/libmain/common-args.cc, src/libcmd/{installables,common-eval-args}.cc,
 * src/nix/{env,run,develop}.cc.
 */

/** How many words follow an option of the `nix` command. What is not listed takes none. */
const optionValues = new Map<string, number>([
  ["--option", 2],
  ["--arg", 2],
  ["--argstr", 2],
  ["--arg-from-file", 2],
  ["--override-input", 2],
  ["--override-flake", 2],
  ["--redirect", 2],
  ["--set-env-var", 2],
  ["-s", 2],
  ...[
    ["--log-format", "--store", "--eval-store", "--include", "-I", "--file", "-f", "--expr", "--eval-system"],
    ["--update-input", "--inputs-from", "--reference-lock-file", "--output-lock-file", "--arg-from-stdin"],
    ["--profile", "--out-link", "-o", "--keep-env-var", "-k", "--keep", "--unset-env-var", "-u", "--unset"],
    ["--experimental-features", "--extra-experimental-features", "--max-jobs", "-j", "--cores", "--builders"],
    ["--system", "--substituters", "--extra-substituters", "--trusted-public-keys", "--timeout", "--phase"],
    [
      "--extra-trusted-public-keys",
      "--max-silent-time",
      "--sandbox-paths",
      "--extra-sandbox-paths",
      "--log-lines",
    ],
    ["--netrc-file", "--json-log-path", "--build-dir", "--access-tokens", "--platforms", "--extra-platforms"],
  ]
    .flat()
    .map((option) => [option, 1] as const),
]);

/** Options of commands that open an environment; `nix build` and `nix print-dev-env` do not know all of them. */
const environmentOptions = new Set([
  ...[
    "--ignore-env",
    "--ignore-environment",
    "-i",
    "--keep-env-var",
    "-k",
    "--keep",
    "--unset-env-var",
    "-u",
  ],
  ...["--unset", "--set-env-var", "-s"],
]);

/** Options after which the rest of the line belongs to another program. */
const commandOptions = new Set(["--command", "-c"]);

/** One option with its values, or one plain word. */
export interface Word {
  kind: "option" | "plain" | "end-of-options";
  words: readonly string[];
}

/**
 * Cuts arguments into options (each with the values that belong to it) and plain words. Stops, with the rest in
 * `rest`, at `--` and where `--command` begins.
 */
export function readWords(args: readonly string[]): { words: Word[]; rest: readonly string[] } {
  const words: Word[] = [];
  for (let at = 0; at < args.length; ) {
    const word = args[at]!;
    if (word === "--" || commandOptions.has(word)) return { words, rest: args.slice(at) };
    const taken = word.startsWith("-") && word !== "-" ? 1 + (optionValues.get(word) ?? 0) : 1;
    words.push({
      kind: taken > 1 || (word.startsWith("-") && word !== "-") ? "option" : "plain",
      words: args.slice(at, at + taken),
    });
    at += taken;
  }
  return { words, rest: [] };
}

/** Without what only concerns the environment that a command opens. */
export function withoutEnvironmentOptions(words: readonly Word[]): Word[] {
  return words.filter((word) => word.kind !== "option" || !environmentOptions.has(word.words[0]!));
}

/**
 * The same arguments with Nix's JSON log asked for: before all others, so that they can neither land behind a `--` nor
 * in the words of another program. A `--log-format` of the person's own is taken out (the later one would win), and
 * verbosity is raised only where the person did not: the plan ("these derivations will be built") is printed from
 * level 3 on, and on a terminal the `nix` command starts with 2.
 */
export function withJsonLog(args: readonly string[]): string[] {
  const end = args.findIndex((word) => word === "--" || commandOptions.has(word));
  const own = end < 0 ? args : args.slice(0, end);
  const kept = own.filter((word, at) => word !== "--log-format" && own[at - 1] !== "--log-format");
  const verbose = kept.some((word) => /^(-v+|--verbose|--debug)$/.test(word));
  return ["--log-format", "internal-json", ...(verbose ? [] : ["-v"]), ...kept, ...args.slice(own.length)];
}
