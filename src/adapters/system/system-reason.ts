/** Errors of the system in words, as strerror(3) has them, with no name of a call and no number. */
import { getSystemErrorMap } from "node:util";
import { cleanText } from "../../model/text/clean.ts";

/** `no space left on device`; the message as it is where it is no error of the system. */
export function systemReason(error: unknown): string {
  const { code, errno, message } = error as NodeJS.ErrnoException;
  if (code === "EROFS") return "read-only file system";
  const known = errno === undefined ? undefined : getSystemErrorMap().get(errno);
  return known?.[1] ?? cleanText(message || String(error));
}

/** With the path that it is about, where it is about one: `/state/saves: read-only file system`. */
export function systemWords(error: unknown): string {
  const { path, syscall } = error as NodeJS.ErrnoException;
  const reason = systemReason(error);
  return syscall !== undefined && path !== undefined ? `${cleanText(path)}: ${reason}` : reason;
}
