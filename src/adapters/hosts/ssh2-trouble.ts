/** Errors of the ssh library and of sockets as trouble with a machine. */

import type { HostTroubleKind } from "../../model/hosts/types.ts";
import { cleanText } from "../../model/text/clean.ts";
import { HostError, NoCommonGround } from "./host.ts";

interface When {
  /** The server has said that it speaks SSH. */
  readonly begun: boolean;
  /** The login was done. */
  readonly ready: boolean;
  readonly details: readonly string[];
  /** Keys that could not be tried, said of a refused login. */
  readonly keys: readonly string[];
}

const refused = new Set(["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "EHOSTDOWN", "EADDRNOTAVAIL"]);
const unresolved = new Set(["ENOTFOUND", "EAI_AGAIN", "EAI_FAIL", "EAI_NONAME"]);

export function troubleOfError(
  name: string,
  error: Error & { level?: string; code?: unknown },
  when: When,
): HostError {
  const make = (kind: HostTroubleKind, says: string, retry: boolean, more: readonly string[] = []) =>
    new HostError({ kind, message: `${name} ${says}`, details: [...more, ...when.details], retry });
  const code = typeof error.code === "string" ? error.code : "";
  const said = cleanText(error.message);
  if (refused.has(code)) return make("refused", `does not let us in: ${reasonOf(code)}`, true);
  if (unresolved.has(code)) return make("name", "is no name that can be resolved", true);
  if (code === "ETIMEDOUT") return make("timeout", "did not answer in time", true);
  if (error.level === "client-authentication" || /too many authentication failures/i.test(error.message)) {
    return make("login", "refused the login", false, [said, ...when.keys]);
  }
  if (error.level === "client-timeout") return make("lost", "does not answer any more", true);
  if (when.ready) return make("lost", "closed the connection", true, [said]);
  if (!when.begun) {
    return make(
      "not-ssh",
      "closed the connection before it said anything (it may be booting, or punish refused logins)",
      true,
    );
  }
  if (error.level === "handshake" || error.level === "protocol") {
    const says = `${name} and the ssh library do not understand each other`;
    const trouble = { message: says, details: [said, ...when.details], retry: false };
    return new NoCommonGround({ kind: "protocol", ...trouble });
  }
  return make("lost", "closed the connection", true, [said]);
}

function reasonOf(code: string): string {
  return code === "ECONNREFUSED" ? "nothing listens there" : "there is no way to it";
}
