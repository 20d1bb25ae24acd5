/**
 * All `name = value;` of Nix code, each with its whole path: through nested sets, dotted names, functions, `with`, `let`,
 * `rec`, parentheses and lists of modules. What stands in an argument of a function, or beside an operator, says so: there
 * the value may not be the one that counts.
 */
import type { NixToken, NixTokens, NixTrouble } from "./nix-tokens.ts";

export interface NixBinding {
  /** Names from the outermost set on. `null` is a border: an element of a list, a `let`, or a name that is computed. */
  readonly path: readonly (string | null)[];
  /** Where the name stands. */
  readonly at: number;
  /** The tokens of the value, from the first to behind the last; both 0 for what is inherited. */
  readonly from: number;
  readonly to: number;
  readonly inherited: boolean;
  /** The function or the operator, such as `lib.mkIf` or `//`, between this and the set that the path begins with. */
  readonly under: string | null;
}

interface Around {
  readonly path: readonly (string | null)[];
  readonly under: string | null;
}

const mostBindings = 20_000;
const deepest = 400;
const longestPath = 200;

class Lost extends Error {
  readonly at: number;
  constructor(at: number) {
    super("the code cannot be followed here");
    this.at = at;
  }
}

/** Never throws. */
export function nixBindings(
  code: NixTokens,
): { readonly ok: true; readonly bindings: readonly NixBinding[] } | NixTrouble {
  const walk = new Walk(code);
  try {
    walk.expression(0, code.tokens.length, { path: [], under: null });
    return { ok: true, bindings: walk.bindings };
  } catch (error) {
    if (error instanceof Lost) return { ok: false, reason: error.message, at: error.at };
    throw error;
  }
}

class Walk {
  readonly bindings: NixBinding[] = [];
  readonly #tokens: readonly NixToken[];
  readonly #partners: ReadonlyMap<number, number>;
  #depth = 0;

  constructor({ tokens, partners }: NixTokens) {
    this.#tokens = tokens;
    this.#partners = partners;
  }

  expression(from: number, to: number, around: Around): void {
    this.#depth += 1;
    if (this.#depth > deepest) throw new Lost(this.#tokens[from]?.at ?? 0);
    this.#body(this.#head(from, to, around), to, around);
    this.#depth -= 1;
  }

  /** Goes past functions, `let … in`, `with x;` and `assert x;` to what they are all about. */
  #head(start: number, to: number, around: Around): number {
    for (let from = start; ; ) {
      const body = this.#bodyOfFunction(from, to);
      if (body !== null) from = body;
      else if (this.#isWord(from, "let") && this.#text(from + 1) !== "{") {
        const end = this.#matchingIn(from, to);
        this.#bindingsOf(from + 1, end, { path: [...around.path, null], under: around.under });
        from = end + 1;
      } else if (this.#isWord(from, "with") || this.#isWord(from, "assert"))
        from = this.#valueEnd(from + 1, to) + 1;
      else return from;
    }
  }

  #body(from: number, to: number, around: Around): void {
    if (from >= to) return;
    const operators = this.#operators(from, to);
    const other = operators.find((at) => this.#text(at) !== "++");
    if (this.#isWord(from, "if") || this.#isWord(from, "let"))
      this.#groups(from, to, { path: around.path, under: this.#text(from) });
    else if (other !== undefined) this.#groups(from, to, { path: around.path, under: this.#text(other) });
    else if (operators.length === 0) this.#terms(from, to, around);
    else
      for (const [index, end] of [...operators, to].entries())
        this.expression(index === 0 ? from : operators[index - 1]! + 1, end, around);
  }

  /** The beginning of the body if this is `x: …`, `{ … }: …`, `x@{ … }: …` or `{ … }@x: …`. */
  #bodyOfFunction(from: number, to: number): number | null {
    let at = from;
    const pattern = () => {
      if (this.#text(at) === "{") at = this.#after(at);
      else if (this.#tokens[at]?.kind === "word") at += 1;
      else return false;
      return at < to;
    };
    if (!pattern()) return null;
    if (this.#text(at) === "@") {
      at += 1;
      if (!pattern()) return null;
    }
    return this.#text(at) === ":" && this.#tokens[at]?.kind === "mark" ? at + 1 : null;
  }

  /** One thing, or a function with its arguments. */
  #terms(from: number, to: number, around: Around): void {
    const starts: number[] = [];
    for (let at = from; at < to; at = this.#after(at)) {
      const joined =
        this.#text(at) === "." ||
        (at > from && this.#text(at - 1) === "." && this.#tokens[at - 1]?.kind === "mark");
      if (!joined && !(at > from && this.#isWord(at - 1, "rec"))) starts.push(at);
    }
    const first = this.#isWord(from, "rec") ? from + 1 : from;
    const second = starts[1] ?? to;
    const name = this.#tokens
      .slice(from, second)
      .map(({ text }) => text)
      .join("");
    if (starts.length === 1 && this.#after(first) === to) this.#group(first, around, true);
    else
      this.#groups(from, to, {
        path: around.path,
        under: this.#tokens[from]!.kind === "open" ? "an expression" : name,
      });
  }

  #groups(from: number, to: number, around: Around): void {
    for (let at = from; at < to; at = this.#after(at))
      if (this.#tokens[at]!.kind === "open") this.#group(at, around, false);
  }

  /** `alone`: it is the whole value of the name that the path ends with. */
  #group(at: number, around: Around, alone: boolean): void {
    const end = this.#after(at) - 1;
    const text = this.#text(at);
    if (text === "{") this.#bindingsOf(at + 1, end, around);
    if (text === "(") this.expression(at + 1, end, around);
    if (text !== "[") return;
    const inside = alone ? elementOf(around) : around;
    for (let each = at + 1; each < end; each = this.#after(each))
      if (this.#tokens[each]!.kind === "open") this.#group(each, inside, false);
  }

  #bindingsOf(from: number, to: number, around: Around): void {
    for (let at = from; at < to; ) {
      if (this.bindings.length > mostBindings) throw new Lost(this.#tokens[at]!.at);
      at = this.#isWord(at, "inherit") ? this.#inherited(at, to, around) : this.#binding(at, to, around);
    }
  }

  #inherited(from: number, to: number, around: Around): number {
    let at = this.#text(from + 1) === "(" ? this.#after(from + 1) : from + 1;
    for (; at < to && this.#text(at) !== ";"; at = this.#after(at)) {
      const path = [...around.path, nameOf(this.#tokens[at]!)];
      this.bindings.push({
        path,
        at: this.#tokens[at]!.at,
        from: 0,
        to: 0,
        inherited: true,
        under: around.under,
      });
    }
    return at + 1;
  }

  #binding(from: number, to: number, around: Around): number {
    const path = [...around.path];
    let at = from;
    for (;;) {
      const token = this.#tokens[at];
      if (at >= to || !token || !/^(?:word|string|open)$/.test(token.kind))
        throw new Lost(this.#tokens[Math.min(at, this.#tokens.length - 1)]!.at);
      path.push(nameOf(token));
      if (path.length > longestPath) throw new Lost(token.at);
      at = this.#after(at);
      if (this.#text(at) !== ".") break;
      at += 1;
    }
    if (at >= to || this.#text(at) !== "=")
      throw new Lost(this.#tokens[Math.min(at, this.#tokens.length - 1)]!.at);
    const end = this.#valueEnd(at + 1, to);
    this.bindings.push({
      path,
      at: this.#tokens[from]!.at,
      from: at + 1,
      to: end,
      inherited: false,
      under: around.under,
    });
    this.expression(at + 1, end, { path, under: around.under });
    return end + 1;
  }

  /** The `;` that ends a value; those of `with x;`, `assert x;` and inside `let … in` do not. */
  #valueEnd(from: number, to: number): number {
    let lets = 0;
    let owed = 0;
    for (let at = from; at < to; at = this.#after(at)) {
      if (this.#isWord(at, "let") && this.#text(at + 1) !== "{") lets += 1;
      else if (this.#isWord(at, "in")) lets -= 1;
      else if (lets === 0 && (this.#isWord(at, "with") || this.#isWord(at, "assert"))) owed += 1;
      else if (this.#text(at) === ";" && lets === 0) {
        if (owed === 0) return at;
        owed -= 1;
      }
    }
    throw new Lost(this.#tokens[Math.min(from, this.#tokens.length - 1)]!.at);
  }

  #matchingIn(from: number, to: number): number {
    let lets = 0;
    for (let at = from; at < to; at = this.#after(at)) {
      if (this.#isWord(at, "let") && this.#text(at + 1) !== "{") lets += 1;
      if (this.#isWord(at, "in")) lets -= 1;
      if (lets === 0) return at;
    }
    throw new Lost(this.#tokens[from]!.at);
  }

  #operators(from: number, to: number): number[] {
    const found: number[] = [];
    for (let at = from; at < to; at = this.#after(at))
      if (this.#tokens[at]!.kind === "mark" && this.#text(at) !== ".") found.push(at);
    return found;
  }

  #text(at: number): string {
    return this.#tokens[at]?.text ?? "";
  }

  #isWord(at: number, text: string): boolean {
    return this.#tokens[at]?.kind === "word" && this.#text(at) === text;
  }

  /** Behind this token, or behind the bracket that closes it. */
  #after(at: number): number {
    return (this.#tokens[at]?.kind === "open" ? (this.#partners.get(at) ?? at) : at) + 1;
  }
}

/** Lists of modules: what stands above them has no say in what their elements set. */
function elementOf({ path, under }: Around): Around {
  const name = path.at(-1) ?? "";
  if (name === "imports") return { path: path.slice(0, -1), under };
  return { path: [...path, null], under: /modules?$/i.test(name) ? null : under };
}

function nameOf({ kind, text, plain }: NixToken): string | null {
  if (kind === "word") return text;
  return kind === "string" && plain ? text.slice(1, -1) : null;
}
