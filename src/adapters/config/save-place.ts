/** Where what we know about saves is kept: in the state directory, by machine and file. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Host } from "../hosts/host.ts";
import { stateDirectory } from "../system/paths.ts";

export interface SavePlace {
  /** Tells one machine from the next, whatever it is called: `me@mini.local:22`. */
  readonly host: string;
  /** What the person calls it. */
  readonly hostName: string;
  readonly path: string;
  readonly lock: string;
  readonly record: string;
}

export function hostId(host: Pick<Host, "name" | "address">): string {
  return host.address ?? host.name;
}

export function savePlace(
  host: Pick<Host, "name" | "address">,
  path: string,
  state: string = stateDirectory(),
): SavePlace {
  const id = hostId(host);
  const name = createHash("sha256").update(`${id}\0${path}`).digest("hex").slice(0, 24);
  const saves = join(state, "saves");
  return {
    host: id,
    hostName: host.name,
    path,
    lock: join(saves, `${name}.lock`),
    record: join(saves, `${name}.json`),
  };
}
