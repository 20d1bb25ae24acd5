/** Whether a host key is to be trusted, by what known_hosts files say of it (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
import { createHash } from "node:crypto";
import { cleanText } from "../text/clean.ts";

export interface KnownKey {
  readonly marker: "revoked" | "cert-authority" | null;
  /** `ssh-ed25519`. */
  readonly type: string;
  readonly base64: string;
  /** `/home/me/.ssh/known_hosts:12`. */
  readonly where: string;
}

export interface ShownKey {
  readonly type: string;
  readonly base64: string;
}

export type HostKeyVerdict =
  | { readonly kind: "trusted" }
  | { readonly kind: "unknown" }
  | { readonly kind: "changed"; readonly known: KnownKey }
  | { readonly kind: "revoked"; readonly known: KnownKey };

const mostKeys = 200;

/** What `ssh-keygen -F NAME -f FILE` prints: before each line of the file, where that is. */
export function parseFoundKeys(text: string, file: string): KnownKey[] {
  const keys: KnownKey[] = [];
  let line = 0;
  for (const each of text.split("\n")) {
    const found = each.match(/^# Host .* found: line (\d+)/);
    if (found) {
      line = Number(found[1]);
      continue;
    }
    const [, marker, type, base64] =
      each.match(/^(?:@(revoked|cert-authority)\s+)?\S+\s+([a-z0-9@.-]+)\s+([A-Za-z0-9+/=]+)/) ?? [];
    if (type === undefined || base64 === undefined || keys.length === mostKeys) continue;
    keys.push({
      marker: (marker as "revoked" | "cert-authority" | undefined) ?? null,
      type: cleanText(type),
      base64,
      where: cleanText(`${file}:${line}`),
    });
  }
  return keys;
}

/**
 * The verdict on a key that was shown. A revoked key is refused whatever else stands there. Another key than the known
 * one is never "unknown", also where it is of another type: we asked for the known types first.
 */
export function judgeHostKey(shown: ShownKey, known: readonly KnownKey[], loopback: boolean): HostKeyVerdict {
  const same = (key: KnownKey) => key.type === shown.type && key.base64 === shown.base64;
  const revoked = known.find((key) => key.marker === "revoked" && same(key));
  if (revoked) return { kind: "revoked", known: revoked };
  const plain = known.filter((key) => key.marker === null);
  if (plain.some(same)) return { kind: "trusted" };
  // Where another key is pinned, the one that everybody has is a wrong one.
  const isWellKnown = shown.type === wellKnown.type && shown.base64 === wellKnown.base64;
  if (loopback && isWellKnown && plain.length === 0) return { kind: "trusted" };
  const other = plain.find((key) => key.type === shown.type) ?? plain[0];
  return other ? { kind: "changed", known: other } : { kind: "unknown" };
}

/**
 * The key of every Linux builder VM of nixpkgs: its private half is public as well, in
 * nixos/modules/profiles/keys/ssh_host_ed25519_key (NixOS/nixpkgs). It proves nothing about who listens there, so it is
 * good for this machine's own loopback only.
 */
const wellKnown: ShownKey = {
  type: "ssh-ed25519",
  base64: "AAAAC3NzaC1lZDI1NTE5AAAAIJBWcxb/Blaqt1auOtE+F8QUWrUotiC5qBJ+UuEWdVCb",
};

/** As `ssh-keygen -l` prints it: `SHA256:…`. */
export function fingerprint(base64: string): string {
  const hash = createHash("sha256").update(Buffer.from(base64, "base64")).digest("base64");
  return `SHA256:${hash.replace(/=+$/, "")}`;
}

const ourTypes = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "ssh-rsa",
];

/**
 * Host key algorithms to ask for, those of the known keys first: the server shows the key of the first that it has too,
 * and one of another type would look like a changed one.
 */
export function hostKeyAlgorithms(known: readonly KnownKey[]): string[] {
  const types = new Set(known.filter((key) => key.marker === null).map((key) => key.type));
  const ordered = [
    ...ourTypes.filter((type) => types.has(type)),
    ...ourTypes.filter((type) => !types.has(type)),
  ];
  // An RSA key signs with SHA-2 (RFC 8332).
  return ordered.flatMap((type) => (type === "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256"] : [type]));
}
