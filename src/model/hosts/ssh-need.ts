/** Whether a machine can be reached by the ssh library, or what the ssh program is needed for. */
import type { KnownKey } from "./known-hosts.ts";
import type { SshSettings } from "./ssh-settings.ts";

/** What there is to log in with. */
export interface LoginSummary {
  /** Keys that the library can use. */
  readonly keys: number;
  /** Key files that are there and that it cannot use; `why` in words behind their name. */
  readonly unusable: readonly { readonly path: string; readonly why: string; readonly rootOnly: boolean }[];
  /** A certificate for one of the keys, which the library cannot show. */
  readonly certificate: string | null;
}

export interface Need {
  /** A clause behind "by the ssh program, as". */
  readonly why: string;
  /** ssh has to be run as root. */
  readonly asRoot: boolean;
}

/** Key exchanges of ssh2 1.17 (lib/protocol/constants.js, DEFAULT_KEX): none that is safe from quantum computers. */
const exchange =
  /^(?:curve25519-sha256(?:@libssh\.org)?|ecdh-sha2-nistp\d+|diffie-hellman-group(?:-exchange-sha256|1[4-8]-sha\d+))$/;

/** `null`: the ssh library can do all that is needed. */
export function needOfProgram(
  settings: SshSettings,
  known: readonly KnownKey[],
  logins: LoginSummary,
): Need | null {
  const why = whyOf(settings, known, logins);
  if (why !== null) return { why, asRoot: false };
  if (logins.keys > 0) return null;

  const rootOnly = logins.unusable.find((file) => file.rootOnly);
  if (rootOnly) return { why: `root alone may read its key ${rootOnly.path}`, asRoot: true };
  const [file] = logins.unusable;
  if (file) return { why: `its key ${file.path} ${file.why}`, asRoot: false };
  const other = settings.gssapi
    ? ", and GSSAPI is on"
    : settings.hostbased
      ? ", and HostbasedAuthentication is on"
      : "";
  return { why: `there is no key for it that the ssh library could use${other}`, asRoot: false };
}

function whyOf(settings: SshSettings, known: readonly KnownKey[], logins: LoginSummary): string | null {
  if (settings.proxyCommand !== null) return "it is reached by a ProxyCommand";
  if (settings.knownHostsCommand !== null) return "its host key is asked of a KnownHostsCommand";
  if (settings.revokedHostKeys !== null) return "revoked host keys are listed for it";
  if (settings.pkcs11Provider !== null) return "its key is on a smart card";
  if (logins.certificate !== null) return `there is a certificate for it, ${logins.certificate}`;
  const has = (marker: KnownKey["marker"]) => known.some((key) => key.marker === marker);
  if (has("cert-authority") && !has(null)) {
    return "its host key is vouched for by a certificate authority only";
  }
  const { kexAlgorithms } = settings;
  if (kexAlgorithms.length > 0 && !kexAlgorithms.some((each) => exchange.test(each))) {
    return "it is set to use no key exchange that the ssh library has";
  }
  return null;
}
