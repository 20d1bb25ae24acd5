/** Settings of nix.conf that have to do with builders (NixOS/nix src/libstore, globals.hh and local-settings.hh). */
import { machinesFile } from "../machine/facts.ts";
import { jsonOf, member } from "../machine/lines.ts";
import { parseMachines } from "../machine/machines.ts";
import { nixConfFiles } from "../nix-conf/parse.ts";
import { cleanText } from "../text/clean.ts";
import { accepted, type HostLimits, noRange, refusedValue, type Setting, type Verdict } from "./setting.ts";
import { judgeCount, judgeSwitch, wordsIn } from "./value-kinds.ts";

type Plain = Omit<Setting, "place" | "restart">;

const common = { choices: [], unit: "", hint: null, range: noRange } as const;

export const maxJobs: Plain = {
  ...common,
  id: "max-jobs",
  kind: "count",
  unit: "jobs",
  default: "1 (the installers write auto)",
  effect: "How many builds this machine does at once itself; builders have their own number.",
  hint: "0 sends every build to a builder; auto is one for each core",
  range: () => ({ least: 0, most: 1024 }),
  judge: (input, host) => {
    if (input.trim().toLowerCase() === "auto") return accepted("auto", "auto");
    const verdict = judgeCount(input, host, 0, "jobs");
    return verdict.level !== "refused" && verdict.value === 0
      ? accepted(0, "0", ["this machine then builds nothing itself, not even what no builder can do"])
      : verdict;
  },
};

export const coresSetting: Plain = {
  ...common,
  id: "cores",
  kind: "count",
  unit: "cores",
  default: "0, which is all of them",
  effect: "How many cores one build on this machine is told to use.",
  hint: "max-jobs times cores is what the machine may have to do at once",
  range: ({ cores }) => ({ least: 0, most: cores }),
  judge: (input, host) => judgeCount(input, host, 0, "cores"),
};

export const useSubstitutes: Plain = {
  ...common,
  id: "builders-use-substitutes",
  kind: "switch",
  choices: ["true", "false"],
  default: "false",
  effect: "Builders fetch what they need from caches, instead of getting it from this machine.",
  judge: (input) =>
    judgeSwitch(input, (on) => [on ? null : "every input of every remote build is then uploaded from here"]),
};

const plain: readonly Plain[] = [
  maxJobs,
  coresSetting,
  useSubstitutes,
  {
    ...common,
    id: "builders",
    kind: "text",
    default: `@${machinesFile}`,
    effect: "The machines that Nix may build on: a file, or rows apart by ;.",
    hint: `@${machinesFile} is the place for more than one`,
    judge: judgeBuilders,
  },
  {
    ...common,
    id: "trusted-users",
    kind: "words",
    default: "root",
    effect: "Who may name builders and caches of their own; @admin is a group.",
    judge: (input) => {
      const { words, wrong } = wordsIn(input, /^(?:\*|[@%]?[A-Za-z_][\w.-]{0,63})$/);
      if (wrong !== null) return refusedValue(`'${wrong}' is no user or @group; write root @admin`);
      return accepted(words.join(" "), words.join(" ") || "nobody", [
        words.includes("*") ? "* trusts everybody on this machine, who then is as good as root" : null,
        words.includes("root") || words.includes("*") ? null : "root is not among them",
      ]);
    },
  },
  {
    ...common,
    id: "extra-platforms",
    kind: "words",
    default: "x86_64-darwin where Rosetta is",
    effect: "Other systems whose programs this machine can run itself.",
    judge: (input, { localSystem }) => {
      const { words, wrong } = wordsIn(input, /^[a-z0-9_]+-[a-z0-9]+$/);
      if (wrong !== null) return refusedValue(`'${wrong}' is no system; write one such as x86_64-darwin`);
      const linux = localSystem.endsWith("-darwin")
        ? words.find((word) => word.endsWith("-linux"))
        : undefined;
      return accepted(words.join(" "), words.join(" ") || "none", [
        linux
          ? `a Mac cannot run programs for ${linux} itself: Nix would try here, and fail; that is what builders are for`
          : null,
      ]);
    },
  },
  {
    ...common,
    id: "extra-experimental-features",
    kind: "words",
    default: "none",
    effect: "Features of Nix that are switched on before they are finished.",
    judge: (input) => {
      const { words, wrong } = wordsIn(input, /^[a-z][a-z0-9-]{1,40}$/);
      if (wrong !== null) return refusedValue(`'${wrong}' is no name of a feature; write nix-command flakes`);
      return accepted(words.join(" "), words.join(" ") || "none");
    },
  },
  {
    ...common,
    id: "external-builders",
    kind: "text",
    default: "[]",
    effect:
      "Programs that build for other systems, such as in a virtual machine of their own for each build.",
    hint: "needs the experimental feature external-builders",
    judge: judgeExternal,
  },
];

export const nixConfSettings: readonly Setting[] = plain.map((each) => ({
  ...each,
  place: { format: "nix-conf", files: nixConfFiles, key: each.id },
  restart: { what: "daemon" },
}));

function judgeBuilders(input: string, { localSystem }: HostLimits): Verdict {
  const value = input.trim().split(/\s+/).join(" ");
  if (value === "" || value.toLowerCase() === "none")
    return accepted("", "none", ["no builder is used then"]);
  if (value.includes("#")) return refusedValue("a # would begin a comment; write the rows without one");
  if (value.length > 8000)
    return refusedValue(`that is long; write the rows into ${machinesFile}, and @${machinesFile} here`);
  const { machines, problems } = parseMachines(value, () => null, localSystem);
  const [problem] = problems;
  if (problem)
    return refusedValue(`${problem.message}; write rows such as ssh-ng://builder@mini aarch64-linux`);
  return accepted(value, cleanText(value), [
    machines.length === 0 && !value.startsWith("@") ? "there is no machine in it" : null,
  ]);
}

const shape = '[{"systems":["aarch64-linux"],"program":"/path","args":[]}]';

function judgeExternal(input: string, { determinate }: HostLimits): Verdict {
  if (determinate)
    return refusedValue("Determinate Nix sets external-builders itself; write builder.state enabled instead");
  const entries = jsonOf(input.trim() === "" ? "[]" : input);
  if (!Array.isArray(entries)) return refusedValue(`that is no list in JSON; write ${shape}`);
  const strings = (value: unknown) => Array.isArray(value) && value.every((each) => typeof each === "string");
  const good = entries.every((entry: unknown) => {
    const program = member(entry, "program");
    return (
      strings(member(entry, "systems")) &&
      strings(member(entry, "args")) &&
      typeof program === "string" &&
      program.startsWith("/")
    );
  });
  if (!good)
    return refusedValue(`each entry needs systems, program (an absolute path) and args; write ${shape}`);
  const value = JSON.stringify(entries);
  if (/[#\n\r\t]| {2}|" | "/.test(value))
    return refusedValue("nix.conf cannot hold # or doubled blanks; write it without them");
  return accepted(value, cleanText(value));
}
