const SLOTS = 64;

/** Words that come again and again, such as the names of phases: each is made a string once, as long as few others come. */
export class FewWords {
  private readonly words = new Array<string>(SLOTS).fill("");

  /** The word between two offsets, which is ASCII. */
  read(block: Buffer, start: number, end: number): string {
    const length = end - start;
    if (length === 0) return "";
    // Length and two letters tell those few apart.
    const slot = (length * 7 + block[start]! * 3 + block[start + (length >> 1)]!) & (SLOTS - 1);
    const known = this.words[slot]!;
    if (known.length === length && isAt(known, block, start)) return known;
    const word = block.toString("latin1", start, end);
    this.words[slot] = word;
    return word;
  }
}

function isAt(word: string, block: Buffer, start: number): boolean {
  for (let n = 0; n < word.length; n++) if (word.charCodeAt(n) !== block[start + n]) return false;
  return true;
}
