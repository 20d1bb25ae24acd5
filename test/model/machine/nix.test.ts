/** What Nix and Determinate say of themselves. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  parseDeterminateConfig,
  parseDeterminateStatus,
  parseDeterminateVersion,
} from "../../../src/model/machine/determinate.ts";
import { parseNixConfig } from "../../../src/model/machine/nix-config.ts";
import { survives } from "./survives.ts";

describe("Nix's settings", () => {
  const plain = {
    builders: "@/etc/nix/machines\nssh://b",
    "external-builders": [{ systems: ["aarch64-linux"], program: "/usr/local/bin/x", args: ["builder"] }],
    "builders-use-substitutes": true,
    "extra-platforms": ["x86_64-darwin"],
    "max-jobs": 10,
    system: "aarch64-darwin",
    "system-features": ["apple-virt"],
    "trusted-users": ["root", "@admin"],
    "experimental-features": ["flakes"],
    sandbox: "relaxed",
    "json-log-path": "/var/log/nix.json",
  };
  const described = Object.fromEntries(
    Object.entries(plain).map(([name, value]) => [name, { aliases: [], value }]),
  );
  const read = {
    builders: "@/etc/nix/machines\nssh://b",
    externalBuilders: plain["external-builders"],
    buildersUseSubstitutes: true,
    extraPlatforms: ["x86_64-darwin"],
    maxJobs: 10,
    system: "aarch64-darwin",
    systemFeatures: ["apple-virt"],
    trustedUsers: ["root", "@admin"],
    experimentalFeatures: ["flakes"],
    sandbox: "relaxed",
    jsonLogPath: "/var/log/nix.json",
  };

  it("are the same with all that is said about them and without", () => {
    assert.deepEqual(parseNixConfig(JSON.stringify(described)), read);
    assert.deepEqual(parseNixConfig(JSON.stringify(plain)), read);
  });

  it("may be words instead of lists, as older Nix writes them", () => {
    const config = parseNixConfig(
      '{"trusted-users": "root ada", "sandbox": "false", "max-jobs": "4", "external-builders": "[]"}',
    );
    assert.deepEqual(
      [config?.trustedUsers, config?.sandbox, config?.maxJobs, config?.externalBuilders],
      [["root", "ada"], false, 4, []],
    );
  });

  it("that this Nix does not have are not known, an empty one is", () => {
    const config = parseNixConfig('{"builders": {"value": ""}}');
    assert.equal(config?.builders, "");
    assert.equal(config?.externalBuilders, null);
    assert.equal(config?.maxJobs, null);
  });

  it("are found behind a warning, and are none if this is no JSON", () => {
    assert.equal(parseNixConfig('warning: unknown setting\n{"max-jobs": 2}')?.maxJobs, 2);
    assert.equal(parseNixConfig("error: unrecognised command"), null);
    assert.equal(parseNixConfig("[1]"), null);
    survives(JSON.stringify(described), parseNixConfig);
  });
});

describe("determinate-nixd version", () => {
  const granted = `2026-09-10T08:59:28Z  WARN determinate_nixd::command::version: Failed to refresh
Determinate Nixd daemon version: 3.21.0
Determinate Nixd client version: 3.21.1
Latest version: 3.22.3

The following features are enabled:

 * \u001b[1mlazy-trees\u001b[0m
 * \u001b[1mnative-linux-builder\u001b[0m
`;

  it("tells versions and features, through colours and warnings", () => {
    assert.deepEqual(parseDeterminateVersion(granted), {
      daemon: "3.21.0",
      client: "3.21.1",
      latest: "3.22.3",
      features: ["lazy-trees", "native-linux-builder"],
    });
  });

  it("tells that the daemon does not answer", () => {
    const { daemon, client, features } = parseDeterminateVersion(
      "Determinate Nixd daemon version: offline\nDeterminate Nixd client version: 3.8.6\n",
    );
    assert.deepEqual([daemon, client, features], ["offline", "3.8.6", []]);
  });

  it("says nothing where the command is not known", () => {
    assert.deepEqual(
      parseDeterminateVersion("error: unrecognized subcommand 'version'\n * native-linux-builder\n"),
      {
        daemon: null,
        client: null,
        latest: null,
        features: [],
      },
    );
    survives(granted, parseDeterminateVersion);
  });

  it("granted a feature in older words too", () => {
    assert.deepEqual(parseDeterminateVersion("The feature native-linux-builder is enabled\n").features, [
      "native-linux-builder",
    ]);
  });
});

describe("determinate-nixd status", () => {
  const loggedIn = (text: string) => parseDeterminateStatus(text).loggedIn;

  it("is understood in both wordings", () => {
    assert.equal(loggedIn("Logged in: true\n"), true);
    assert.equal(loggedIn("Logged in: false\n"), false);
    assert.equal(loggedIn("Authentication: logged-in\n"), true);
    assert.equal(loggedIn("\u001b[1mAuthentication:\u001b[0m logged-out\n"), false);
  });

  it("is not known otherwise", () => {
    assert.equal(loggedIn("error: could not connect\n"), null);
    survives("Logged in: true\n", parseDeterminateStatus);
  });
});

describe("Determinate's settings", () => {
  it("tell what is asked of the builder", () => {
    assert.deepEqual(
      parseDeterminateConfig('{"builder":{"state":"enabled","memoryBytes":8589934592,"cpuCount":1}}'),
      {
        state: "enabled",
        memoryBytes: 8589934592,
        cpuCount: 1,
        problem: null,
      },
    );
    assert.deepEqual(parseDeterminateConfig("{}"), {
      state: null,
      memoryBytes: null,
      cpuCount: null,
      problem: null,
    });
  });

  it("tell what is wrong with them", () => {
    assert.equal(parseDeterminateConfig('{"builder":').problem, "it is not JSON");
    assert.equal(parseDeterminateConfig("[]").problem, "it is not an object");
    assert.equal(
      parseDeterminateConfig('{"builder":{"state":"on"}}').problem,
      "builder.state is neither enabled nor disabled",
    );
    assert.equal(
      parseDeterminateConfig('{"builder":{"cpuCount":1.5}}').problem,
      "builder.cpuCount is not a whole number above 0",
    );
    survives('{"builder":{"state":"enabled","memoryBytes":1}}', parseDeterminateConfig);
  });
});
