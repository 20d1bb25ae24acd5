/** Every way to a machine keeps the same promises. */
import assert from "node:assert/strict";
import { hostFor } from "../../../src/adapters/hosts/choose-host.ts";
import { localHost } from "../../../src/adapters/hosts/local-host.ts";
import { opensshHost } from "../../../src/adapters/hosts/openssh-host.ts";
import { startSshd, withoutSshd } from "../../support/sshd.ts";
import { hostContract } from "./contract.ts";

hostContract("the system itself", async () => ({ host: localHost(), end: async () => {} }));

hostContract(
  "the ssh program",
  async () => {
    const sshd = await startSshd();
    const host = opensshHost({ via: localHost(), target: "stand-in", words: ["-F", sshd.config] });
    return { host, end: () => sshd.stop() };
  },
  withoutSshd,
);

hostContract(
  "the ssh library",
  async () => {
    const sshd = await startSshd();
    const host = await hostFor("stand-in", {
      configFile: sshd.config,
      ownKnownHosts: `${sshd.directory}/own`,
    });
    assert.equal(host.transport, "ssh2");
    return { host, end: () => sshd.stop() };
  },
  withoutSshd,
);
