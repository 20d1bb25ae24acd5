/** Who and what a machine is: names of people and machines in its answers, replaced by `user1`, `host1`. */
import { parseMachineSummary } from "../machine/machine-summary.ts";
import { parseProcesses } from "../machine/processes.ts";
import { type AddressKind, replaceAddresses } from "./addresses.ts";
import type { RecordedLine } from "./format.ts";

/** Names that every such machine has, or that everybody knows: they tell nothing, and much is recognised by them. */
const commonUsers =
  /^(?:root|nobody|daemon|builder|git|_.*|nixbld\d*\+?|nix-ssh|nix-serve|systemd-.*|sshd|\d+)$/;
const commonHosts =
  /^(?:localhost|linux-builder|nixos-vm-based-linux-builder|darwin-builder|rosetta-builder(?:-vm)?|virby(?:-vm)?|nixos|(?:[\w-]+\.)*(?:nixos\.org|determinate\.systems|flakehub\.com)|nix-community\.cachix\.org|github\.com|gitlab\.com|openssh\.com|libssh\.org|(?:[\w-]+\.)*apple\.com|[\d.]+|.*\.(?:service|socket|slice|target|timer|mount))$/i;
/** Words of the answers themselves: as somebody's name they are replaced only where a name must stand. */
const ordinary = new Set(
  `nix store var etc usr bin sbin lib opt run tmp private library system users user home root admin staff wheel daemon
  builder build builds linux darwin macos mac apple host port state pid program path type running not waiting exited
  qemu vzvm virtualization memory cpu free active load ssh sshd remote local main dev test name version file data keys
  key machine vm launchd launchctl service services org com nixos determinate systems true false yes no default`.split(
    /\s+/,
  ),
);
const userAtHost = /([A-Za-z0-9._+-]{1,100})@([A-Za-z0-9._-]{1,255})/g;
const noLogin = /^(?:openssh\.com|libssh\.org|[\d.]+|.*\.(?:service|socket|slice|target|timer|mount))$/i;
const addressHost = /\b([a-z][a-z0-9+.-]{0,20}):\/\/(?:[^\s/@"']{0,200}@)?([A-Za-z0-9._-]{1,255})/gi;
/** A machines file may leave the scheme out. */
const machineLine =
  /^([A-Za-z0-9._-]{1,255})(?::\d+)?\s+(?:aarch64|x86_64|i686|armv\dl)-(?:linux|darwin)\b/gm;
const shortest = 3;
const mostNames = 2_000;

export class Identities {
  readonly #users = new Map<string, number>();
  readonly #hosts = new Map<string, number>();
  readonly #domains = new Map<string, number>();
  readonly #addresses: Readonly<Record<AddressKind, Map<string, number>>> = {
    ip4: new Map(),
    ip6: new Map(),
    mac: new Map(),
  };
  readonly #keys = new Map<string, number>();
  #rules: readonly (readonly [RegExp, (name: string) => string])[] | null = null;

  /** All names must be learned before any text is replaced. */
  learn(line: RecordedLine): void {
    this.learnFrom(line.subject === "host" ? "" : line.subject);
    if (!("request" in line)) {
      this.learnFrom([line.trouble.message, ...line.trouble.details].join("\n"));
      return;
    }
    const { request, text } = line;
    const [section, word = ""] = request.split(" ");
    if (section === "machine") {
      const { hostName, user } = parseMachineSummary(text);
      if (hostName) this.learnHost(hostName);
      if (user) this.learnUser(user);
    }
    if (section === "processes") for (const { user } of parseProcesses(text)) this.learnUser(user);
    if (section === "ssh-config") {
      this.learnHost(word);
      for (const [, key, name = ""] of text.matchAll(/^(user|host|hostname|hostkeyalias) (\S+)$/gm))
        if (key === "user") this.learnUser(name);
        else this.learnHost(name);
    }
    if (section === "stat")
      for (const [, owner = ""] of text.matchAll(/^[a-z-][rwxsStT-]{9}\S? (\S+) /gm)) this.learnUser(owner);
    this.learnFrom(`${request}\n${text}`);
  }

  /** Homes, `user@host`, and hosts of addresses. */
  learnFrom(text: string): void {
    for (const [, user = ""] of text.matchAll(/\/(?:Users|home)\/([^/\s:;,"'<>()]+)/g))
      if (user !== "Shared") this.learnUser(user);
    for (const [, user = "", host = ""] of text.matchAll(userAtHost)) {
      // Algorithms of ssh, units of systemd and versions of Homebrew look the same.
      if (noLogin.test(host)) continue;
      this.learnUser(user);
      this.learnHost(host);
    }
    for (const [, scheme = "", host = ""] of text.matchAll(addressHost))
      this.learnHost(host, scheme.startsWith("ssh"));
    for (const [, host = ""] of text.matchAll(machineLine)) this.learnHost(host);
  }

  learnUser(user: string): void {
    const name = user.replace(/^[._+-]+|[.+-]+$/g, "");
    if (name !== "" && !commonUsers.test(user)) number(this.#users, name.toLowerCase());
    this.#rules = null;
  }

  /** Of a machine the first part alone is its name, too; of a cache it is only `cache`. */
  learnHost(name: string, machine = true): void {
    const host = name.toLowerCase().replace(/^[.-]+|[.-]+$|-\d+$/g, "");
    if (host === "" || commonHosts.test(host)) return;
    const [first = "", ...domain] = host.split(".");
    const names = machine && !commonHosts.test(first) ? [first, host] : [host];
    const known = names.map((each) => this.#hosts.get(each)).find((place) => place !== undefined);
    const place = known ?? Math.max(0, ...this.#hosts.values()) + 1;
    if (this.#hosts.size < mostNames) for (const each of names) this.#hosts.set(each, place);
    if (domain.length >= 2) number(this.#domains, domain.join("."));
    this.#rules = null;
  }

  replace(text: string): string {
    let shown = this.#replaceKeys(text);
    this.#rules ??= this.#makeRules();
    for (const [pattern, name] of this.#rules) shown = shown.replace(pattern, name);
    return replaceAddresses(shown, (kind, address) => number(this.#addresses[kind], address));
  }

  #makeRules(): [RegExp, (name: string) => string][] {
    const rules: [RegExp, (name: string) => string][] = [];
    const add = (names: ReadonlyMap<string, number>, word: string, places: (name: string) => string) => {
      const shown = (name: string) => `${word}${names.get(name.toLowerCase())}`;
      const all = [...names.keys()].sort((a, b) => b.length - a.length);
      const plain = all.filter((name) => name.length >= shortest && !ordinary.has(name));
      const rest = all.filter((name) => !plain.includes(name));
      if (plain.length > 0)
        rules.push([
          new RegExp(`(?<![A-Za-z0-9])(?:${plain.map(escaped).join("|")})(?![A-Za-z0-9])`, "gi"),
          shown,
        ]);
      if (rest.length > 0) rules.push([new RegExp(places(rest.map(escaped).join("|")), "gim"), shown]);
    };
    add(
      this.#hosts,
      "host",
      (names) =>
        `(?<=@|://|^(?:host|hostname|hostkeyalias|ssh-config) )(?:${names})(?![A-Za-z0-9])|^(?:${names})$`,
    );
    add(this.#domains, "domain", (names) => `(?<=\\.)(?:${names})(?![A-Za-z0-9])`);
    add(
      this.#users,
      "user",
      (names) =>
        `(?<=/(?:Users|home)/|^user |^ *\\d+ +\\d+ +|^[a-z-][rwxsStT-]{9}\\S? )(?:${names})(?![A-Za-z0-9])|(?<![A-Za-z0-9])(?:${names})(?=@)|^(?:${names})$`,
    );
    return rules;
  }

  /** Public keys are no secret, but they are a name; that of nixpkgs' builders is everybody's. */
  #replaceKeys(text: string): string {
    return text
      .replace(/\b(?:c3NoL|ZWNkc2Et|c2stc3No|c2stZWNkc2)[A-Za-z0-9+/]{40,}={0,2}/g, (base64) => {
        const line = Buffer.from(base64, "base64").toString("latin1");
        const [type = "", key = ""] = line.trim().split(/\s+/);
        return isCommonKey(key) ? base64 : Buffer.from(`${type} ${this.#key(key)}\n`).toString("base64");
      })
      .replace(/\bAAAA[A-Za-z0-9+/]{40,}={0,2}/g, (key) => (isCommonKey(key) ? key : this.#key(key)))
      .replace(/\bSHA256:[A-Za-z0-9+/]{43}=?/g, (print) => `SHA256:fingerprint${number(this.#keys, print)}`);
  }

  /** As long as an ed25519 key, and no key at all. */
  #key(key: string): string {
    return `AAAAC3NzaC1lZDI1NTE5AAAAI${`publickey${number(this.#keys, key)}`.padEnd(43, "0")}`;
  }
}

/** That of every builder of nixpkgs. */
function isCommonKey(key: string): boolean {
  return key.includes("IJBWcxb/Blaqt1auOtE+F8QUWrUotiC5qBJ+UuEWdVCb");
}

function number(names: Map<string, number>, name: string): number {
  const known = names.get(name);
  if (known !== undefined) return known;
  const next = names.size + 1;
  if (names.size < mostNames) names.set(name, next);
  return next;
}

function escaped(name: string): string {
  return name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
