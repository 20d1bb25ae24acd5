/** What tests of settings know of a stand-in Mac with Determinate Nix. */
import type { MacCase } from "./mac.ts";

/** launchd's label of its Nix daemon. */
export const daemonJob = "systems.determinate.nix-daemon";
/** Where its settings stand. */
export const daemonConfig = "/etc/determinate/config.json";

/** The daemon ends at its next start, and comes up again at the one after that. */
export const refusesOnce: MacCase = {
  launchd: {
    [daemonJob]: {
      onKickstart: {
        afterSeconds: 0,
        state: "not running",
        lastExitCode: 1,
        patch: {
          launchd: { [daemonJob]: { onKickstart: { state: "running", lastExitCode: null, patch: null } } },
        },
      },
    },
  },
};
