/** How a command behind `buildtop run --` is understood. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type CommandPlan, planCommand } from "../../../src/model/command-line/plan-command.ts";

const facts = { system: "aarch64-darwin", isScript: (path: string) => path.endsWith(".sh") };
const json = ["--log-format", "internal-json", "-v"];
const plan = (line: string) => planCommand(line.split(" "), facts);
const captured = (line: string) => {
  const found = plan(line);
  assert.equal(found.kind, "nix");
  return [found.command.program, ...found.command.args].join(" ");
};
const prepared = (line: string) => {
  const found = plan(line);
  assert.equal(found.kind, "interactive", line);
  const { prepare, command } = found as CommandPlan & { kind: "interactive" };
  assert.equal(
    [command.program, ...command.args].join(" "),
    line,
    "the command itself runs as it was written",
  );
  for (const { args } of prepare) assert.deepEqual(args.slice(0, 3), json);
  return prepare.map(({ args }) => args.slice(3).join(" "));
};

describe("Nix's own commands", () => {
  it("get the JSON log before all their arguments, new and old ones alike", () => {
    assert.equal(captured("nix build .#hello -L"), "nix --log-format internal-json -v build .#hello -L");
    for (const program of ["nix-build", "nix-store", "nix-env", "nix-instantiate", "nix-collect-garbage"]) {
      assert.equal(captured(`${program} -A x`), `${program} --log-format internal-json -v -A x`);
    }
  });

  it("are known by their name, wherever they lie", () => {
    assert.match(
      captured("/nix/var/nix/profiles/default/bin/nix flake check"),
      /bin\/nix --log-format internal-json/,
    );
  });

  it("get it once, also where the person asked for this or another format", () => {
    assert.equal(captured("nix build --log-format bar .#a"), "nix --log-format internal-json -v build .#a");
    assert.equal(
      captured("nix --log-format internal-json build .#a"),
      "nix --log-format internal-json -v build .#a",
    );
  });

  it("keep the verbosity that the person chose", () => {
    assert.equal(captured("nix build -vvv .#a"), "nix --log-format internal-json build -vvv .#a");
  });

  it("keep all that stands behind --", () => {
    assert.equal(
      captured("nix flake check -- --log-format bar -v"),
      "nix --log-format internal-json -v flake check -- --log-format bar -v",
    );
  });

  it("are found behind global options with values", () => {
    assert.match(captured("nix --option cores 4 --store build eval x"), / eval x$/);
  });
});

describe("commands that want the terminal", () => {
  it("nix shell builds its packages first, without the words of the command and of the environment", () => {
    assert.deepEqual(prepared("nix shell nixpkgs#hello --impure -i -k HOME -c sh -c --version"), [
      "build --no-link nixpkgs#hello --impure",
    ]);
  });

  it("nix develop builds its environment, without running a phase", () => {
    assert.deepEqual(prepared("nix develop .#tools --configure -c make -v"), ["print-dev-env .#tools"]);
  });

  it("nix run builds the app if there is one, else the package, and never touches the program's words", () => {
    assert.deepEqual(prepared("nix run --impure nixpkgs#hello arg -- --log-format bar"), [
      "build --no-link --impure nixpkgs#apps.aarch64-darwin.hello.program",
      "build --no-link --impure nixpkgs#hello",
    ]);
    assert.deepEqual(prepared("nix run"), [
      "build --no-link .#apps.aarch64-darwin.default.program",
      "build --no-link .",
    ]);
    assert.deepEqual(prepared("nix run -f x.nix foo"), ["build --no-link -f x.nix foo"]);
  });

  it("nix-shell builds its inputs without entering a shell", () => {
    const found = plan("nix-shell -p hello --run hello") as CommandPlan & { kind: "interactive" };
    assert.deepEqual(found.prepare[0]?.env, { NIX_BUILD_SHELL: "true" });
    assert.equal(found.prepare[0]?.args.join(" "), "--log-format internal-json -v -p hello --run hello");
    assert.equal(found.command.env, undefined);
  });

  it("a script for nix-shell is left alone: its options are inside", () => {
    assert.equal(plan("nix-shell ./deploy.sh --force").kind, "program");
  });

  it("what draws on the terminal itself is not captured", () => {
    for (const line of [
      "nix repl",
      "nix fmt",
      "nix edit nixpkgs#hello",
      "nix log /nix/store/x.drv",
      "nix",
      "nix --version",
    ]) {
      assert.equal(plan(line).kind, "program", line);
    }
  });
});

describe("programs that call Nix", () => {
  it("keep their arguments, and those behind sudo are marked", () => {
    assert.deepEqual(plan("darwin-rebuild switch --flake ."), {
      kind: "program",
      command: { program: "darwin-rebuild", args: ["switch", "--flake", "."] },
      calls: "nix-of-its-own",
    });
    assert.equal((plan("sudo nix build") as { calls?: string }).calls, "through-sudo");
  });
});
