/** What is asked of a collector, as it is written on its line. */

const word = /^[A-Za-z0-9_@%+=:./-]+$/;
/** Of one question, in bytes. Shells read a line in one piece. */
const longestQuestion = 4000;

/**
 * A request as it goes over the wire: `file /etc/nix/machines` becomes `file,/etc/nix/machines`. Throws an `Error` for
 * words that the shell over there would not pass on as they are.
 */
export function requestOnWire(request: string): string {
  const words = request.split(" ");
  if (!words.every((each) => word.test(each))) {
    throw new Error(`a collector cannot be asked for ${JSON.stringify(request)}`);
  }
  return words.join(",");
}

/** Throws an `Error` where the line is too long. */
export function question(seq: number, requests: readonly string[]): string {
  const line = `${seq} ${requests.join(" ")}\n`;
  if (line.length > longestQuestion) throw new Error("too much is asked of a collector at once");
  return line;
}
