import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { allDiagnoses } from "../../../src/model/diagnoses/all.ts";
import {
  diagnosisOfError,
  diagnosisOfFailure,
  diagnosisOfLog,
  losesDaemon,
} from "../../../src/model/diagnoses/failure-texts.ts";

const ids = new Set(allDiagnoses.map(({ id }) => id));
const hello = "/nix/store/0c5mqrhl7ja2vmbs8d9k4wfnyz31x6pg-hello-2.12.drv";

const wordings: readonly (readonly [id: string | null, text: string])[] = [
  // A system that nobody serves: until 2.29 and in Lix, 2.30 to 2.33, since 2.34.
  [
    "system-not-served",
    `error: a 'aarch64-linux' with features {} is required to build '${hello}', but I am a 'aarch64-darwin' with features {apple-virt, big-parallel}`,
  ],
  [
    "system-not-served",
    `error: Cannot build '${hello}'.\n       Reason: required system or feature not available\n       Required system: 'aarch64-linux' with features {}\n       Current system: 'aarch64-darwin' with features {apple-virt}`,
  ],
  [
    "system-not-served",
    `error: Cannot build '${hello}'.\n       Reason: platform mismatch\n       Required system: 'aarch64-linux'\n       Current system: 'aarch64-darwin'`,
  ],
  // A feature that nobody offers, in the same three.
  [
    "features-missing",
    `error: a 'x86_64-linux' with features {kvm} is required to build '${hello}', but I am a 'x86_64-linux' with features {}`,
  ],
  [
    "features-missing",
    `error: Cannot build '${hello}'.\n       Reason: required system or feature not available\n       Required system: 'x86_64-linux' with features {kvm}\n       Current system: 'x86_64-linux' with features {benchmark}`,
  ],
  [
    "features-missing",
    `error: Cannot build '${hello}'.\n       Reason: missing system features\n       Required features: {kvm}\n       Available features: {}`,
  ],
  [
    "no-usable-builder",
    `error: Cannot build '${hello}'.\n       Reason: local builds are disabled (max-jobs = 0)`,
  ],
  [
    "builder-bootstrap-loop",
    "error: Cannot build '/nix/store/0c5mqrhl7ja2vmbs8d9k4wfnyz31x6pg-nixos-system-nixos-26.05.drv'.\n Reason: platform mismatch\n Required system: 'aarch64-linux'\n Current system: 'aarch64-darwin'",
  ],
  // What the build hook lists.
  [
    "no-usable-builder",
    "Failed to find a machine for remote build!\nderivation: x.drv\nrequired (system, features): (aarch64-linux, [])\n0 available machines:\n(systems, maxjobs, supportedFeatures, mandatoryFeatures)",
  ],
  [
    "features-missing",
    "Failed to find a machine for remote build!\nderivation: x.drv\nrequired (system, features): (aarch64-linux, [kvm, nixos-test])\n1 available machines:\n(systems, maxjobs, supportedFeatures, mandatoryFeatures)\n([aarch64-linux], 1, [kvm, benchmark], [])",
  ],
  [
    "system-not-served",
    "Failed to find a machine for remote build!\nderivation: x.drv\nrequired (system, features): (x86_64-linux, [])\n1 available machines:\n(systems, maxjobs, supportedFeatures, mandatoryFeatures)\n([aarch64-linux], 1, [kvm], [])",
  ],
  [
    "no-usable-builder",
    "Failed to find a machine for remote build!\nderivation: x.drv\nrequired (system, features): (aarch64-linux, [kvm])\n1 available machines:\n(systems, maxjobs, supportedFeatures, mandatoryFeatures)\n([aarch64-linux], 1, [benchmark], [kvm])",
  ],
  // The same without brackets, until 2.8.
  [
    "system-not-served",
    "Failed to find a machine for remote build!\nderivation: x.drv\nrequired (system, features): (riscv64-linux, )\n1 available machines:\n(systems, maxjobs, supportedFeatures, mandatoryFeatures)\n(aarch64-linux, x86_64-linux, 2, , )",
  ],
  [
    "features-missing",
    "Failed to find a machine for remote build!\nderivation: x.drv\nrequired (system, features): (x86_64-linux, kvm, big-parallel)\n1 available machines:\n(systems, maxjobs, supportedFeatures, mandatoryFeatures)\n(aarch64-linux, x86_64-linux, 2, big-parallel, )",
  ],
  [
    "no-usable-builder",
    "Failed to find a machine for remote build!\nderivation: x.drv\nrequired (system, features): (x86_64-linux, kvm)\n1 available machines:\n(systems, maxjobs, supportedFeatures, mandatoryFeatures)\n(x86_64-linux, 2, big-parallel, kvm, )",
  ],
  [
    "no-usable-builder",
    "error: unable to start any build; remote machines may not have all required system features.\nhttps://nixos.org/manual/nix/stable/advanced-topics/distributed-builds.html",
  ],
  [
    "ssh-connection-failed",
    "cannot build on 'ssh-ng://heron': error: cannot open connection to remote store 'ssh-ng://heron': error: unexpected end-of-file",
  ],
  [
    "host-disk-full",
    "error: executing SQLite statement 'insert …': database or disk is full (in 'db.sqlite')",
  ],
  [
    "host-disk-full",
    "error: Cannot build 'x.drv'.\n note: build failure may have been caused by lack of free disk space",
  ],
  ["hash-mismatch", `error: hash mismatch in fixed-output derivation '${hello}':`],
  ["builder-out-of-memory", `error: builder for '${hello}' failed due to signal 9 (Killed)`],
  ["builder-out-of-memory", `error: builder for '${hello}' failed with exit code 137`],
  ["build-timed-out", `error: building of '${hello}' timed out after 5 seconds of silence`],
  ["build-timed-out", "error: timed out after 3600 seconds"],
  [
    "ssh-connection-failed",
    "cannot build on 'ssh-ng://builder@linux-builder': error: failed to start SSH connection to 'linux-builder'",
  ],
  ["ssh-connection-failed", "ssh: connect to host localhost port 31022: Connection refused"],
  [
    "localhost-unresolvable",
    "ssh: Could not resolve hostname localhost: nodename nor servname provided, or not known",
  ],
  [
    "ssh-alias-missing",
    "ssh: Could not resolve hostname linux-builder: nodename nor servname provided, or not known",
  ],
  ["ssh-connection-failed", "ssh: Could not resolve hostname heron.example.net: Name or service not known"],
  ["host-key-unverified", "Host key verification failed."],
  ["builder-key-mismatch", "builder@localhost: Permission denied (publickey,keyboard-interactive)."],
  ["builder-key-permissions", "@         WARNING: UNPROTECTED PRIVATE KEY FILE!          @"],
  ["too-many-agent-keys", "Received disconnect from 127.0.0.1: 2: Too many authentication failures"],
  ["remote-path-lacks-nix", "zsh:1: command not found: nix-store"],
  ["remote-path-lacks-nix", "bash: nix-daemon: command not found"],
  [
    "not-trusted-by-builder",
    "error: cannot add path '/nix/store/a-b' because it lacks a signature by a trusted key",
  ],
  [
    "native-builder-not-available",
    "HTTP status code 400 Bad Request, reply: The Native Linux Builder is not currently available.",
  ],
  ["experimental-feature-off", "error: experimental Nix feature 'external-builders' is disabled"],
  ["nix-darwin-nix-disabled", "- `nix.linux-builder.enable` requires `nix.enable`"],
  ["nix-custom-conf-conflict", "error: custom settings in `/etc/nix/nix.custom.conf`, aborting activation"],
  [
    "daemon-down",
    "error: cannot connect to socket at '/nix/var/nix/daemon-socket/socket': Connection refused",
  ],
  ["upload-lock-stuck", "somebody is hogging the upload lock for '%s', continuing..."],
  // What is no trouble of builders.
  [null, "error: builder for 'x.drv' failed with exit code 2"],
  [null, "error: Cannot build 'x.drv'.\n       Reason: 1 dependency failed."],
  [null, "building derivation 'x.drv' killed after writing more than 20000 bytes of log output"],
  [null, ""],
];

describe("the words of Nix, ssh and others name a diagnosis", () => {
  for (const [id, text] of wordings)
    test(`${id ?? "none"}: ${text.split("\n")[0]}`, () => {
      assert.equal(diagnosisOfFailure(text), id);
      assert.ok(id === null || ids.has(id));
    });
});

test("where it was built decides whose disk is full", () => {
  assert.equal(diagnosisOfFailure("No space left on device", { remote: true }), "builder-disk-full");
  assert.equal(diagnosisOfLog(["dd: No space left on device"], { remote: true }), "builder-disk-full");
});

test("the source code that an error quotes names nothing", () => {
  const traced = (last: string) => [
    "… while calling the 'derivationStrict' builtin",
    "         at /home/ada/shell.nix:7:3:",
    "            6|   # Permission denied (publickey",
    "             |   ^",
    last,
  ];
  assert.equal(diagnosisOfError(traced("       error: attribute 'b' missing")), null);
  assert.equal(
    diagnosisOfError(
      traced(
        "       error: cannot connect to socket at '/nix/var/nix/daemon-socket/socket': Connection refused",
      ),
    ),
    "daemon-down",
  );
});

test("a daemon that was lost in the middle is told from a builder that was", () => {
  const lost = (store: string) =>
    `cannot open connection to remote store '${store}': error: unexpected end-of-file`;
  assert.ok(losesDaemon([lost("daemon")]));
  assert.ok(losesDaemon(["Nix daemon disconnected unexpectedly (maybe it crashed?)"]));
  assert.ok(!losesDaemon([lost("ssh-ng://heron")]));
});

test("a build whose own log talks of ssh is no trouble with ssh", () => {
  assert.equal(
    diagnosisOfLog(["test login: Permission denied (publickey)", "Host key verification failed."]),
    null,
  );
  assert.equal(diagnosisOfLog(["cp: setting permissions for 'a': Permission denied"]), "virtiofs-permission");
});

test("whatever stands there, only ids of the table come out, and soon", () => {
  const words = fc.constantFrom(
    "Reason: ",
    "a '",
    "' is required to build '",
    "{",
    "}",
    "\n",
    "timed out after 9",
    "cp: setting permissions for ",
    " on 'x' ",
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(words, fc.string())), (parts) => {
      const id = diagnosisOfFailure(parts.join(""));
      return id === null || ids.has(id);
    }),
  );
});
