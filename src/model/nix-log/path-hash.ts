/**
 * Hash of a store path, 32 bits with sign. Where the store is /nix/store, the part that is looked at in full is most of
 * Nix's own hash (`/nix/store/<32 characters>-name`), which is as good as all of it; of the rest every fourth character
 * is, for stores in other places.
 */
export function hashOfPath(path: string): number {
  const { length } = path;
  let hash = length;
  for (let n = firstLookedAt(length); n < length; n += n < LAST_IN_FULL ? 1 : 4)
    hash = Math.imul(hash ^ path.charCodeAt(n), PRIME);
  return hash ^ (hash >>> 15);
}

/** The same of a path that stands in a block, in ASCII. */
export function hashOfPathIn(block: Buffer, start: number, end: number): number {
  const length = end - start;
  let hash = length;
  for (let n = firstLookedAt(length); n < length; n += n < LAST_IN_FULL ? 1 : 4)
    hash = Math.imul(hash ^ block[start + n]!, PRIME);
  return hash ^ (hash >>> 15);
}

const PRIME = 0x01000193;
/** What comes before is the same in all longer paths. */
const STORE = "/nix/store/".length;
const LAST_IN_FULL = STORE + 20;
const firstLookedAt = (length: number): number => (length > LAST_IN_FULL ? STORE : 0);
