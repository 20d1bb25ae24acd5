/** What the ssh program complains about, in its own English words (locale C), as a kind of trouble. */
import { cleanText } from "../text/clean.ts";
import type { HostTrouble, HostTroubleKind } from "./types.ts";

interface Complaint {
  readonly pattern: RegExp;
  readonly kind: HostTroubleKind;
  /** What is said of the host. */
  readonly says: string;
  readonly retry: boolean;
}

/** The first that matches counts: what is certain comes before what follows from it. Wording: OpenSSH 7.9 to 10. */
const complaints: readonly Complaint[] = [
  {
    pattern: /REVOKED HOST KEY DETECTED|host key [^\n]*revoked/i,
    kind: "host-key-revoked",
    says: "shows a host key that was revoked; it is not to be trusted",
    retry: false,
  },
  {
    pattern: /REMOTE HOST IDENTIFICATION HAS CHANGED|POSSIBLE DNS SPOOFING/,
    kind: "host-key-changed",
    says: "shows another host key than the known one; find out why before you connect to it",
    retry: false,
  },
  {
    pattern: /Host key verification failed|No \S+ host key is known for/,
    kind: "host-key-unknown",
    says: "has a host key that nobody has vouched for; connect with ssh once and compare it",
    retry: false,
  },
  {
    pattern: /sudo: [^\n]*(?:password is required|terminal is required)/,
    kind: "login",
    says: "is reached by root only, and sudo asks for a password",
    retry: false,
  },
  {
    pattern: /sudo: [^\n]*not found|is not in the sudoers file|sudo: [^\n]*not allowed/,
    kind: "login",
    says: "is reached by root only, and sudo does not let us",
    retry: false,
  },
  {
    pattern: /Too many authentication failures/,
    kind: "login",
    says: "refused the login: too many keys were offered; set IdentitiesOnly yes for it in ~/.ssh/config",
    retry: false,
  },
  {
    pattern: /Permission denied|No more authentication methods|No supported authentication methods/i,
    kind: "login",
    says: "refused the login",
    retry: false,
  },
  {
    pattern: /Could not resolve hostname|hostname contains invalid characters|Name or service not known/,
    kind: "name",
    says: "is no name that can be resolved",
    retry: true,
  },
  {
    pattern: /Bad configuration option|bad configuration options|Bad owner or permissions on|: line \d+: /,
    kind: "config",
    says: "is not to be reached as ssh is configured",
    retry: false,
  },
  {
    pattern: /Connection refused|No route to host|Network is unreachable|Host is down/,
    kind: "refused",
    says: "does not let us in: nothing listens there, or there is no way to it",
    retry: true,
  },
  {
    pattern:
      /timed out during banner exchange|banner exchange[^\n]*invalid format|banner line contains invalid/i,
    kind: "not-ssh",
    says: "does not speak SSH at that port",
    retry: true,
  },
  {
    pattern: /kex_exchange_identification|banner exchange/,
    kind: "not-ssh",
    says: "closed the connection before it said anything (it may be booting, or punish refused logins)",
    retry: true,
  },
  { pattern: /timed out/i, kind: "timeout", says: "did not answer in time", retry: true },
  {
    pattern: /Unable to negotiate/,
    kind: "protocol",
    says: "and this machine's ssh have no algorithm in common",
    retry: false,
  },
  {
    pattern: /Connection (?:reset|closed)|Broken pipe|closed by remote host/i,
    kind: "lost",
    says: "closed the connection",
    retry: true,
  },
];

/** Lines kept of what was said. */
const mostLines = 10;

/** What ssh's stderr means where it ended before the command began. */
export function troubleOfComplaint(name: string, stderr: string): HostTrouble {
  const found = complaints.find(({ pattern }) => pattern.test(stderr));
  const { kind, says, retry } = found ?? {
    kind: "protocol" as const,
    says: "gave us no shell",
    retry: true,
  };
  // ssh's settings may lead to another name than the one that was asked for.
  const meant = kind === "name" ? /resolve hostname ([^\s:]{1,255})/.exec(stderr)?.[1] : undefined;
  const subject = meant === undefined || meant === name ? name : `${name}: ${meant}`;
  return { kind, message: `${cleanText(subject)} ${says}`, details: linesOf(stderr), retry };
}

/** Whether ssh, which ended with status 255, says that the connection broke: a command may end with 255 as well. */
export function saysConnectionLost(lastWords: string): boolean {
  return /(?:^|\n)(?:client_loop: |Timeout, server |Connection to \S+ closed by remote|Connection (?:reset|closed) by |Read from remote host |ssh_dispatch_run_fatal|Host key verification failed\.|.*Broken pipe)[^\n]*\s*$/.test(
    lastWords,
  );
}

/** Lines of another machine for a person to read: clean, few, none empty. */
export function linesOf(text: string): string[] {
  return text
    .split(/\r?\n/, 4 * mostLines)
    .map(cleanText)
    .filter((line) => line.trim() !== "" && !/^[@\s]+$/.test(line))
    .slice(0, mostLines);
}
