/** The lab's client as a `Host`: what is asked of it runs there as root. */
import type { Host } from "../../src/adapters/hosts/host.ts";
import { localHost } from "../../src/adapters/hosts/local-host.ts";
import type { Lab, Who } from "./lab.ts";

export function labHost(lab: Lab, who: Who = "root"): Host {
  const here = localHost();
  return {
    ...here,
    name: "lab",
    open: (command, options) => here.open(lab.commandLine(command, who), options),
  };
}
