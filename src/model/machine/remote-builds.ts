/**
 * Builds that are given away at this moment, from the processes of the client: for each one Nix runs a build hook
 * (`nix __build-remote`), and that one an ssh (NixOS/nix src/nix/build-remote, src/libstore/ssh.cc).
 */
import { wordsOf } from "./lines.ts";
import { type MachineProcess, programName } from "./processes.ts";

export interface RemoteBuild {
  /** Where ssh goes, `builder@linux-builder`; of the URI `ssh-ng://builder@linux-builder:31022` without the port. */
  readonly target: string;
  readonly port: number | null;
  readonly protocol: "ssh-ng" | "ssh";
  /** Of the ssh. */
  readonly pid: number;
  readonly parent: number;
  readonly elapsedSeconds: number;
}

/** Never a person's own ssh, nor that of `nix copy`: only what a build hook started. */
export function remoteBuilds(processes: readonly MachineProcess[]): RemoteBuild[] {
  const byPid = new Map(processes.map((process) => [process.pid, process]));
  const builds = new Map<string, RemoteBuild>();
  for (const process of processes) {
    if (programName(process.args) !== "ssh") continue;
    const call = readSshCall(wordsOf(process.args).slice(1));
    if (call === null) continue;
    const parent = byPid.get(process.parent);
    // Lists of processes are cut; then Nix's own way to call ssh has to do.
    if (parent ? !isBuildHook(parent) : !call.byNix || call.protocol === null) continue;
    // One hook gives away one build; a second ssh to the same place is part of it.
    const key = `${process.parent} ${call.target}`;
    const known = builds.get(key);
    if (known && known.elapsedSeconds >= process.elapsedSeconds) continue;
    const { target, port, protocol } = call;
    const { pid, elapsedSeconds } = process;
    builds.set(key, {
      target,
      port,
      protocol: protocol ?? "ssh-ng",
      pid,
      parent: process.parent,
      elapsedSeconds,
    });
  }
  return [...builds.values()];
}

function isBuildHook({ args }: MachineProcess): boolean {
  const name = programName(args);
  return name === "build-remote" || name === "__build-remote" || wordsOf(args)[1] === "__build-remote";
}

interface SshCall {
  readonly target: string;
  readonly port: number | null;
  /** By the program that is run there; `null`: another one, or none. */
  readonly protocol: "ssh-ng" | "ssh" | null;
  /** Whether the options are those Nix gives. */
  readonly byNix: boolean;
}

/** Options of ssh(1) that take a word. */
const withValue = "BbcDEeFIiJLlmOopPQRSWw";

function readSshCall(words: readonly string[]): SshCall | null {
  let target: string | null = null;
  let user: string | null = null;
  let port: number | null = null;
  let marked = false;
  let at = 0;
  for (; at < words.length; at++) {
    const word = words[at] ?? "";
    if (word === "--") {
      if (target !== null) break;
    } else if (word.startsWith("-") && word.length > 1) {
      const letter = [...word.slice(1)].findIndex((option) => withValue.includes(option)) + 1;
      const plain = letter === 0 ? word.slice(1) : word.slice(1, letter);
      marked ||= plain.includes("x");
      if (letter === 0) continue;
      const value = word.slice(letter + 1) || (words[++at] ?? "");
      if (word[letter] === "l") user = value;
      if (word[letter] === "p" && /^\d{1,5}$/.test(value)) port = Number(value);
      if (word[letter] === "o" && value.startsWith("LocalCommand=echo")) {
        marked = true;
        // Its value is two words: echo started.
        if (words[at + 1] === "started") at++;
      }
    } else if (target === null) target = word;
    else break;
  }
  if (target === null) return null;
  const command = words.slice(words[at] === "--" ? at + 1 : at).join(" ");
  const protocol = /(?:^|\/)nix-store --serve --write(?: |$)/.test(command)
    ? "ssh"
    : /(?:^|\/)(?:nix-daemon|nix daemon) --stdio(?: |$)/.test(command)
      ? "ssh-ng"
      : null;
  return {
    target: user !== null && !target.includes("@") ? `${user}@${target}` : target,
    port,
    protocol,
    byNix: marked,
  };
}
