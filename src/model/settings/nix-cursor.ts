/** Steps over tokens of Nix code: bracket by bracket, and to where values, functions and `let` end. */
import type { NixToken, NixTokens } from "./nix-tokens.ts";

/** The code is none that can be followed; `at` is where. Kept inside nix-bindings.ts. */
export class Lost extends Error {
  readonly at: number;
  constructor(at: number) {
    super("the code cannot be followed here");
    this.at = at;
  }
}

export class NixCursor {
  readonly tokens: readonly NixToken[];
  readonly #partners: ReadonlyMap<number, number>;

  constructor({ tokens, partners }: NixTokens) {
    this.tokens = tokens;
    this.#partners = partners;
  }

  text(at: number): string {
    return this.tokens[at]?.text ?? "";
  }

  isWord(at: number, text: string): boolean {
    return this.tokens[at]?.kind === "word" && this.text(at) === text;
  }

  /** Of `let … in`; `let { … }` is an old form without `in`. */
  isLet(at: number): boolean {
    return this.isWord(at, "let") && this.text(at + 1) !== "{";
  }

  /** Behind this token, or behind the bracket that closes it. */
  after(at: number): number {
    return (this.tokens[at]?.kind === "open" ? (this.#partners.get(at) ?? at) : at) + 1;
  }

  lost(at: number): Lost {
    return new Lost((this.tokens[at] ?? this.tokens.at(-1))?.at ?? 0);
  }

  /** The beginning of the body if this is `x: …`, `{ … }: …`, `x@{ … }: …` or `{ … }@x: …`. */
  bodyOfFunction(from: number, to: number): number | null {
    let at = from;
    const pattern = () => {
      if (this.text(at) === "{") at = this.after(at);
      else if (this.tokens[at]?.kind === "word") at += 1;
      else return false;
      return at < to;
    };
    if (!pattern()) return null;
    if (this.text(at) === "@") {
      at += 1;
      if (!pattern()) return null;
    }
    return this.text(at) === ":" && this.tokens[at]?.kind === "mark" ? at + 1 : null;
  }

  /** The `;` that ends a value; those of `with x;`, `assert x;` and inside `let … in` do not. */
  valueEnd(from: number, to: number): number {
    let lets = 0;
    let owed = 0;
    for (let at = from; at < to; at = this.after(at)) {
      if (this.isLet(at)) lets += 1;
      else if (this.isWord(at, "in")) lets -= 1;
      else if (lets === 0 && (this.isWord(at, "with") || this.isWord(at, "assert"))) owed += 1;
      else if (this.text(at) === ";" && lets === 0) {
        if (owed === 0) return at;
        owed -= 1;
      }
    }
    throw this.lost(from);
  }

  /** The `in` of the `let` at `from`. */
  matchingIn(from: number, to: number): number {
    let lets = 0;
    for (let at = from; at < to; at = this.after(at)) {
      if (this.isLet(at)) lets += 1;
      if (this.isWord(at, "in")) lets -= 1;
      if (lets === 0) return at;
    }
    throw this.lost(from);
  }

  /** Outside of brackets. */
  operators(from: number, to: number): number[] {
    const found: number[] = [];
    for (let at = from; at < to; at = this.after(at))
      if (this.tokens[at]!.kind === "mark" && this.text(at) !== ".") found.push(at);
    return found;
  }
}
