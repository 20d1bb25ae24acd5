/** What kind of file system something lies on. */
import { execFile } from "node:child_process";

const deadlineMs = 3000;

/**
 * Whether only this machine writes there: `false` on a network file system, and where `df` does not answer in three
 * seconds (a server that is gone). The path must exist.
 */
export function isLocalFileSystem(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    execFile("df", ["-P", path], { timeout: deadlineMs }, (error, stdout) => {
      const device = stdout.split("\n")[1]?.split(/\s+/)[0] ?? "";
      // `server:/export` (NFS), `//user@server/share` (SMB).
      resolve(!error && device !== "" && !device.includes(":") && !device.startsWith("//"));
    });
  });
}
