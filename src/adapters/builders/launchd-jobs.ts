/** Which launchd jobs of a machine start a builder. Their prefix can be renamed (nix-darwin `launchd.labelPrefix`). */
import { isAskable } from "../../model/hosts/collector-requests.ts";
import type { MachineFacts } from "../../model/machine/facts.ts";
import { type Ask, jobAsk, rarely } from "./system.ts";

/** The label of a job by the end of its name, as found among the plists; nix-darwin's own name first. */
export function labelOf(facts: MachineFacts, name: string): string | null {
  const usual = `org.nixos.${name}`;
  if (facts.launchDaemons.includes(usual) || facts.service(usual)) return usual;
  const renamed = facts.launchDaemons.find((label) => label.endsWith(`.${name}`) && isAskable(label));
  return renamed ?? null;
}

/** Asks for the usual label even where no plist is: a job may be loaded from elsewhere. */
export function labelAsks(facts: MachineFacts, name: string): Ask[] {
  const found = labelOf(facts, name);
  return found === null ? [rarely(`service org.nixos.${name}`, 60)] : [jobAsk(facts, found)];
}
