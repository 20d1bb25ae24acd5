import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { serviceCommands } from "../../../src/model/actions/service-commands.ts";
import { ActionRefused, type Service, type ServiceState } from "../../../src/model/actions/types.ts";

const runs: ServiceState = {
  loaded: true,
  disabled: false,
  running: true,
  run: "530",
  runs: 1,
  onDemand: false,
  exit: null,
  logPath: null,
};
const down: ServiceState = { ...runs, running: false, run: null };
const gone: ServiceState = { ...down, loaded: false };
const job = (label = "org.example.builder", plist: string | null = `/Library/LaunchDaemons/${label}.plist`) =>
  ({ kind: "launchd", label, plist }) as const;
const refused = (...args: Parameters<typeof serviceCommands>) =>
  assert.throws(() => serviceCommands(...args), ActionRefused);
const lines = (...args: Parameters<typeof serviceCommands>) =>
  serviceCommands(...args).map((command) => command.join(" "));

describe("a job of launchd", () => {
  const kickstart = "/bin/launchctl kickstart";
  it("that runs is restarted by kickstart -k, without which nothing would happen", () => {
    assert.deepEqual(lines("restart", job(), runs), [`${kickstart} -k system/org.example.builder`]);
  });
  it("that is loaded but down is started without -k", () => {
    assert.deepEqual(lines("start", job(), down), [`${kickstart} system/org.example.builder`]);
  });
  it("that is not loaded is bootstrapped from its plist", () => {
    for (const verb of ["restart", "start"] as const)
      assert.deepEqual(lines(verb, job(), gone), [
        "/bin/launchctl bootstrap system /Library/LaunchDaemons/org.example.builder.plist",
      ]);
  });
  it("that is disabled is enabled first: nothing starts it otherwise", () => {
    assert.equal(
      lines("start", job(), { ...gone, disabled: true })[0],
      "/bin/launchctl enable system/org.example.builder",
    );
    assert.equal(lines("restart", job(), { ...down, disabled: true }).length, 2);
  });
  it("is stopped by bootout, as launchctl stop would only bounce it", () => {
    assert.deepEqual(lines("stop", job(), runs), ["/bin/launchctl bootout system/org.example.builder"]);
  });
  it("is left alone where there is nothing to do", () => {
    refused("start", job(), runs);
    refused("stop", job(), gone);
    refused("start", job("org.example.builder", null), gone);
  });
  it("is left alone where its label or plist is none that root should be handed", () => {
    for (const label of ["", "a b", "a;id", "../x", "a/b", "$(id)", "a\nb", "ä"])
      refused("restart", job(label), runs);
    for (const plist of [
      "/tmp/x.plist",
      "/Library/LaunchDaemons/../x.plist",
      "/Library/LaunchDaemons/a b.plist",
      "x.plist",
    ])
      refused("start", job("org.example.builder", plist), gone);
  });
});

describe("a unit of systemd", () => {
  const unit: Service = { kind: "systemd", unit: "nix-daemon.service" };
  it("is restarted, started and stopped by its name", () => {
    assert.deepEqual(lines("restart", unit, runs), ["systemctl restart -- nix-daemon.service"]);
    assert.deepEqual(lines("stop", unit, runs), ["systemctl stop -- nix-daemon.service"]);
    assert.deepEqual(lines("start", unit, down), ["systemctl start -- nix-daemon.service"]);
  });
  it("that is masked, unknown or oddly named is left alone", () => {
    refused("start", unit, { ...down, disabled: true });
    refused("restart", unit, gone);
    refused("restart", { kind: "systemd", unit: "--now" }, runs);
  });
});

describe("a container", () => {
  it("is restarted by docker", () => {
    assert.deepEqual(lines("restart", { kind: "container", name: "nix-builder" }, down), [
      "docker restart nix-builder",
    ]);
  });
  it("that docker does not have, or with an odd name, is left alone", () => {
    refused("restart", { kind: "container", name: "nix-builder" }, gone);
    refused("restart", { kind: "container", name: "-rf" }, runs);
  });
});
