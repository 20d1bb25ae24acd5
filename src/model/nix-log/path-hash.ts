/**
 * Hash of a store path, 32 bits with sign. The part of the path that is looked at holds most of Nix's own hash
 * (`/nix/store/<32 characters>-name`), which is as good as all of it.
 */
export function hashOfPath(path: string): number {
  let hash = path.length;
  for (let n = from(path.length), end = to(path.length); n < end; n++)
    hash = Math.imul(hash ^ path.charCodeAt(n), PRIME);
  return hash ^ (hash >>> 15);
}

/** The same of a path that stands in a block, in ASCII. */
export function hashOfPathIn(block: Buffer, start: number, end: number): number {
  const length = end - start;
  let hash = length;
  for (let n = start + from(length), last = start + to(length); n < last; n++)
    hash = Math.imul(hash ^ block[n]!, PRIME);
  return hash ^ (hash >>> 15);
}

const PRIME = 0x01000193;
const from = (length: number): number => (length < 35 ? 0 : 11);
const to = (length: number): number => (length < 35 ? length : 35);
