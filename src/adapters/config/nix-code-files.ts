/** Finds the Nix code of the person whose login it is, on any machine. Reads only. */
import { saidLines } from "../../model/actions/tool-words.ts";
import { mostNixBytes, type NixCode, parseNixCode } from "../../model/settings/nix-code.ts";
import { nixCodePlaces } from "../../model/settings/nix-code-places.ts";
import { type Host, HostError } from "../hosts/host.ts";
import { run } from "../hosts/run.ts";
import { findCodeName, findCodeScript, optionWords } from "./nix-code-script.ts";

const findMs = 30_000;

/**
 * The files that may set an option of ours: those in the usual places, or `named` alone, which is a file or a directory.
 * Never with sudo. Rejects with `HostError`.
 */
export async function readNixCode(
  host: Host,
  { named, signal }: { readonly named: string | null; readonly signal: AbortSignal },
): Promise<NixCode> {
  const places = named === null ? nixCodePlaces : [named];
  const command = ["/bin/sh", "-c", findCodeScript, findCodeName, optionWords, ...places];
  // A blank and a line end for each line, which may be empty.
  const options = { deadlineMs: findMs, maxBytes: 4 * mostNixBytes, signal };
  const { stdout, stderr } = await run(host, command, options);
  const code = parseNixCode(stdout, places);
  if (code !== null) return code;
  throw new HostError({
    kind: "protocol",
    message: `${host.name} did not say where its Nix code is`,
    details: saidLines("", stderr),
    retry: true,
  });
}
