/** What kind of file system something lies on. */
import { ask } from "./ask.ts";

const deadlineMs = 3000;

/**
 * Whether only this machine writes there: `false` on a network file system, and where `df` does not answer in three
 * seconds (a server that is gone). The path must exist.
 */
export async function isLocalFileSystem(path: string): Promise<boolean> {
  const { stdout, exitCode } = await ask("df", ["-P", path], deadlineMs);
  const device = stdout.split("\n")[1]?.split(/\s+/)[0] ?? "";
  // `server:/export` (NFS), `//user@server/share` (SMB).
  return exitCode === 0 && device !== "" && !device.includes(":") && !device.startsWith("//");
}
