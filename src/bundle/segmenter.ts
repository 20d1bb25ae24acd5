/**
 * Stands for `Intl.Segmenter` in the program and its libraries. Ink cuts every text of every picture into what a reader
 * sees as single characters, and asks ICU for it: most of the time a picture takes, and at the start ICU has to be loaded
 * first. Of letters, borders and graphs each character stands for itself, which a look at them tells; all other text goes
 * to ICU.
 */
const { Segmenter } = Intl;

/**
 * Characters that join no other (Unicode Standard Annex 29: none of them extends another, is joined, or belongs to a
 * pair): control sequences' ESC, ASCII and Latin letters, dashes, dots, arrows, signs, borders, blocks, shapes, Braille.
 */
const alone = /^[\n\x1b -~¡-¬®-˿‐-‧←-⋿─-◿✓-✘⠀-⣿]*$/;

let icu: Intl.Segmenter | null = null;

export class QuickSegmenter {
  private readonly other: Intl.Segmenter | null;

  constructor(locales?: Intl.LocalesArgument, options?: Intl.SegmenterOptions) {
    const isGrapheme = options?.granularity === undefined || options.granularity === "grapheme";
    this.other = isGrapheme ? null : new Segmenter(locales, options);
  }

  segment(text: string): Intl.Segments {
    if (this.other !== null) return this.other.segment(text);
    if (alone.test(text)) return new SingleCharacters(text);
    // Characters are the same in every language that ICU knows.
    icu ??= new Segmenter();
    return icu.segment(text);
  }
}

class SingleCharacters implements Intl.Segments {
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  containing(index = 0): Intl.SegmentData | undefined {
    const at = Math.trunc(index);
    const segment = this.text[at];
    return segment === undefined ? undefined : { segment, index: at, input: this.text };
  }

  [Symbol.iterator](): Intl.SegmentIterator<Intl.SegmentData> {
    const { text } = this;
    const segments: Intl.SegmentData[] = [];
    for (let index = 0; index < text.length; index++)
      segments.push({ segment: text[index]!, index, input: text });
    return segments.values() as Intl.SegmentIterator<Intl.SegmentData>;
  }
}
