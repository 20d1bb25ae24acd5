/** What may stand in a column of /etc/nix/machines (NixOS/nix src/libstore/machines.cc). */
import { parseStoreUri } from "../machine/store-uri.ts";
import { cleanText } from "../text/clean.ts";
import type { MachineField } from "./machine-rows.ts";

const list = /^[^,]+(?:,[^,]+)*$/;

/** Why the value cannot stand there, with what to write; `null` if it can. `null` as a value is the default, `-`. */
export function wrongField(field: MachineField, value: string | null): string | null {
  if (value === null)
    return field === "uri" ? "a machine needs an address; write one such as ssh-ng://builder@mini" : null;
  const shown = cleanText(value);
  if (value === "" || value === "-") return "write nothing at all for the default";
  if (value.length > 4000) return "that is too long; write less than 4000 letters";
  if (/[\s;#\0-\x1f\x7f-\x9f]/.test(value) || !value.isWellFormed())
    return `'${shown}' holds a blank, a ; or a #, which part fields, rows and comments there; write it without`;
  switch (field) {
    case "uri":
      return wrongUri(value, shown);
    case "systems":
      return /^[a-z0-9_]+-[a-z0-9]+(?:,[a-z0-9_]+-[a-z0-9]+)*$/.test(value)
        ? null
        : `'${shown}' is no list of systems; write them with commas: aarch64-linux,x86_64-linux`;
    case "sshKey":
      return value.startsWith("/")
        ? null
        : `'${shown}' is no absolute path; write one that root can read, such as /etc/nix/builder_ed25519`;
    case "maxJobs":
      return /^\d{1,9}$/.test(value)
        ? null
        : `'${shown}' is no number of jobs; write a whole number, such as 4`;
    case "speedFactor":
      return /^(?:\d{1,9}(?:\.\d{1,9})?)$/.test(value)
        ? null
        : `'${shown}' is no speed factor; write a number from 1 on, such as 2 or 1.5`;
    case "publicHostKey":
      return /^[A-Za-z0-9+/]{16,}={0,2}$/.test(value)
        ? null
        : "that is not base64; make it with: base64 < /etc/ssh/ssh_host_ed25519_key.pub | tr -d '\\n' (on the builder)";
    default:
      return list.test(value)
        ? null
        : `'${shown}' is no list of features; write them with commas: kvm,big-parallel`;
  }
}

function wrongUri(value: string, shown: string): string | null {
  if (value.startsWith("@"))
    return `'${shown}' would be read as a file with machines; write ssh-ng://user@host`;
  const store = parseStoreUri(value);
  if (store === null) return `'${shown}' is no address of a store; write ssh-ng://user@host`;
  if (store.doubledScheme) return `'${shown}' has its scheme twice; write ssh-ng://user@host`;
  if (store.params.has("ssh-options"))
    return "no Nix knows ssh-options; write the port under a Host in /etc/ssh/ssh_config.d, and that host here";
  return null;
}
