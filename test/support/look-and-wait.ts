/** A program of its own that looks at a machine until it is killed: `look-and-wait.ts local|ssh2|openssh [CONFIG]`. */
import { hostFor } from "../../src/adapters/hosts/choose-host.ts";
import type { Host } from "../../src/adapters/hosts/host.ts";
import { localHost } from "../../src/adapters/hosts/local-host.ts";
import { opensshHost } from "../../src/adapters/hosts/openssh-host.ts";
import { openCollector } from "../../src/adapters/hosts/shell-collector.ts";

const [way, config = ""] = process.argv.slice(2);
const host =
  way === "local"
    ? localHost()
    : way === "ssh2"
      ? await hostFor("stand-in", { configFile: config, ownKnownHosts: `${config}-own` })
      : opensshHost({ via: localHost(), target: "stand-in", words: ["-F", config] });
// By the nonce it is told apart from the collectors of others.
const watched: Host = {
  ...{ name: host.name, address: host.address, transport: host.transport, transportReason: null },
  open(command, options) {
    console.log(command[2]);
    return host.open(command, options);
  },
  close: () => host.close(),
};
await openCollector(watched).sample(["now"]);
console.log("looking");
setInterval(() => {}, 1000);
