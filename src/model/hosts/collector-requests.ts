/** What is asked of a collector, as it is written on its line. */

const word = /^[A-Za-z0-9_@%+=:./-]{1,1024}$/;
/** Of one question, in bytes. Shells read a line in one piece. */
const longestQuestion = 4000;
/** Of one request: what is left beside the number of the question. */
const longestRequest = longestQuestion - 20;

/** A word that may stand in a request: one that does not cannot be asked for. */
export function isAskable(text: string): boolean {
  return word.test(text);
}

/** Whether all words of a request may stand there. */
export function isRequest(request: string): boolean {
  return request.length <= longestRequest && request.split(" ").every(isAskable);
}

/**
 * A request as it goes over the wire: `file /etc/nix/machines` becomes `file,/etc/nix/machines`. Throws an `Error` for
 * words that the shell over there would not pass on as they are.
 */
export function requestOnWire(request: string): string {
  if (!isRequest(request)) throw new Error(`a collector cannot be asked for ${JSON.stringify(request)}`);
  return request.replaceAll(" ", ",");
}

/** As many of the requests, from the first on, as one question has room for: at least one. */
export function forOneQuestion(requests: readonly string[]): readonly string[] {
  let room = longestQuestion - 20;
  const tooMany = requests.findIndex((request) => {
    room -= request.length + 1;
    return room < -1;
  });
  return tooMany < 0 ? requests : requests.slice(0, Math.max(tooMany, 1));
}

export function question(seq: number, requests: readonly string[]): string {
  return `${seq} ${requests.join(" ")}\n`;
}
