/** Where `nix` is on a machine: root's PATH need not lead there (sudo's secure_path). */
import type { Host } from "../hosts/host.ts";
import { run } from "../hosts/run.ts";

/** Its path, or `null` where there is none. Rejects with `HostError`. */
export async function nixProgram(host: Host, signal?: AbortSignal): Promise<string | null> {
  const options = { deadlineMs: 10_000, ...(signal ? { signal } : {}) };
  const { code, stdout } = await run(host, ["/bin/sh", "-c", "command -v nix"], options);
  const path = stdout.trim();
  return code === 0 && /^\/[A-Za-z0-9._/+-]{1,1000}$/.test(path) ? path : null;
}
