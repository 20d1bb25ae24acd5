/** The check of a host key while a connection is made, and each time its keys are changed later on. */
import {
  fingerprint,
  type HostKeyVerdict,
  judgeHostKey,
  type KnownKey,
  type ShownKey,
} from "../../model/hosts/known-hosts.ts";
import type { StrictHostKeyChecking } from "../../model/hosts/ssh-settings.ts";
import { cleanText } from "../../model/text/clean.ts";
import { HostError } from "./host.ts";

export interface HostKeyCheckOptions {
  readonly name: string;
  readonly known: readonly KnownKey[];
  readonly strict: StrictHostKeyChecking;
  /** It is reached through the loopback of this machine and nothing else. */
  readonly loopback: boolean;
}

export class HostKeyCheck {
  private readonly options: HostKeyCheckOptions;
  private accepted: Buffer | null = null;
  /** Why the key was refused. */
  trouble: HostError | null = null;
  /** A key that nobody knew and that is accepted by the settings: to be kept once the server has proved that it is its own. */
  fresh: ShownKey | null = null;

  constructor(options: HostKeyCheckOptions) {
    this.options = options;
  }

  /**
   * Whether to go on with this key (wire format, RFC 4253 6.6). Literally `true` or `false`, never later and never by
   * throwing: ssh2 takes everything but `false` for a yes, a promise as well. It is asked again at each change of keys,
   * where no other key than the first will do.
   */
  readonly verify = (blob: Buffer): boolean => {
    try {
      return this.decide(blob);
    } catch (error) {
      this.trouble ??= new HostError({
        kind: "protocol",
        message: `${this.options.name} shows no host key that can be read: ${cleanText(String(error))}`,
        retry: false,
      });
      return false;
    }
  };

  private decide(blob: Buffer): boolean {
    if (this.accepted) return this.accepted.equals(blob) || this.refuseAnother(this.accepted, blob);
    const shown: ShownKey = { type: typeOf(blob), base64: blob.toString("base64") };
    const verdict = judgeHostKey(shown, this.options.known, this.options.loopback);
    this.trouble = this.troubleOf(shown, verdict);
    if (this.trouble) return false;
    if (verdict.kind === "unknown" && this.options.strict === "accept-new") this.fresh = shown;
    this.accepted = Buffer.from(blob);
    return true;
  }

  private troubleOf(shown: ShownKey, verdict: HostKeyVerdict): HostError | null {
    const { name, strict } = this.options;
    const it = `${cleanText(shown.type)} ${fingerprint(shown.base64)}`;
    switch (verdict.kind) {
      case "trusted":
        return null;
      case "revoked":
        return new HostError({
          kind: "host-key-revoked",
          message: `${name} shows a host key that was revoked; it is not to be trusted`,
          details: [`it shows ${it}`, `revoked in ${verdict.known.where}`],
          retry: false,
        });
      case "changed":
        return new HostError({
          kind: "host-key-changed",
          message: `${name} shows another host key than the known one; find out why before you connect to it`,
          details: [
            `it shows ${it}`,
            `known is ${verdict.known.type} ${fingerprint(verdict.known.base64)}, in ${verdict.known.where}`,
          ],
          retry: false,
        });
      case "unknown":
        // "no" warns and goes on, as ssh does; what it accepts is not kept.
        if (strict === "accept-new" || strict === "no") return null;
        return new HostError({
          kind: "host-key-unknown",
          message:
            strict === "yes"
              ? `nobody has vouched for the host key of ${name}; add it to known_hosts`
              : `nobody has vouched for the host key of ${name}; connect once with: ssh ${name}`,
          details: [
            `it shows ${it}`,
            'or set "StrictHostKeyChecking accept-new" for it in ~/.ssh/config, if you trust the network between',
          ],
          retry: false,
        });
    }
  }

  private refuseAnother(accepted: Buffer, blob: Buffer): false {
    const { name } = this.options;
    this.trouble = new HostError({
      kind: "host-key-changed",
      message: `${name} shows another host key than at the beginning of the connection; it was ended`,
      details: [accepted, blob].map(
        (each, at) =>
          `${at === 0 ? "at first" : "now"} ${cleanText(typeOf(each))} ${fingerprint(each.toString("base64"))}`,
      ),
      retry: false,
    });
    return false;
  }
}

/** The type is the first string of the key. */
function typeOf(blob: Buffer): string {
  const length = blob.readUInt32BE(0);
  if (length === 0 || length > 64 || blob.length < 4 + length) throw new Error("no key");
  return blob.toString("latin1", 4, 4 + length);
}
