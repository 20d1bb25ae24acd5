/** What could not be looked at: said, never guessed. */
import type { Builder } from "../builders/types.ts";
import { isVm } from "./support.ts";
import type { DiagnosisInput, NotLooked } from "./types.ts";

export function notLookedInside(input: DiagnosisInput): NotLooked[] {
  const { facts, status } = input;
  const found: NotLooked[] = [];
  if (facts.nixConfig === null && status.nix !== null && status.nix.flavour !== "none")
    found.push({ what: "Nix's settings", why: "nix config show did not answer" });
  if (facts.platform === "darwin" && facts.listeners === null)
    found.push({ what: "who listens on which port", why: "netstat did not answer" });
  return [...found, ...status.builders.flatMap((builder) => inside(input, builder))];
}

/** Disk, memory, clock and processes of a builder, and whether Nix itself gets through to it. */
function inside({ facts }: DiagnosisInput, builder: Builder): NotLooked[] {
  const what = `inside ${builder.name}`;
  const look = facts.guest(builder.guest);
  if (look?.kind === "answers") return [];
  if (look?.kind === "trying") return [{ what, why: "it has not answered yet" }];
  if (builder.kind === "rosetta-builder" || builder.kind === "virby") {
    if (builder.state === "idle") return [{ what, why: "it sleeps, and looking would wake it" }];
    if (builder.guest === null && builder.limitedBy !== null) return [{ what, why: builder.limitedBy }];
  }
  if (look?.kind !== "trouble" || look.trouble.kind !== "login" || look.asRoot) return [];
  const lift =
    "run sudo -v on that machine first (or let sudo ask no password), so that root's key can be used";
  const whose = isVm(builder) || builder.kind === "container" ? "its key is root's" : "no login as you";
  return [{ what: `${what}, and whether the daemon gets in`, why: `${whose}: ${lift}` }];
}
