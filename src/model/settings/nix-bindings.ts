/**
 * All `name = value;` of Nix code, each with its whole path: through nested sets, dotted names, functions, `with`, `let`,
 * `rec`, parentheses and lists of modules. What stands in an argument of a function, or beside an operator, says so: there
 * the value may not be the one that counts.
 */
import { Lost, NixCursor } from "./nix-cursor.ts";
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
  readonly #code: NixCursor;
  #depth = 0;

  constructor(code: NixTokens) {
    this.#code = new NixCursor(code);
  }

  expression(from: number, to: number, around: Around): void {
    this.#depth += 1;
    if (this.#depth > deepest) throw this.#code.lost(from);
    this.#body(this.#head(from, to, around), to, around);
    this.#depth -= 1;
  }

  /** Goes past functions, `let … in`, `with x;` and `assert x;` to what they are all about. */
  #head(start: number, to: number, around: Around): number {
    for (let from = start; ; ) {
      const body = this.#code.bodyOfFunction(from, to);
      if (body !== null) from = body;
      else if (this.#code.isLet(from)) {
        const end = this.#code.matchingIn(from, to);
        this.#bindingsOf(from + 1, end, { path: [...around.path, null], under: around.under });
        from = end + 1;
      } else if (this.#code.isWord(from, "with") || this.#code.isWord(from, "assert"))
        from = this.#code.valueEnd(from + 1, to) + 1;
      else return from;
    }
  }

  #body(from: number, to: number, around: Around): void {
    if (from >= to) return;
    const operators = this.#code.operators(from, to);
    const other = operators.find((at) => this.#code.text(at) !== "++");
    if (this.#code.isWord(from, "if") || this.#code.isWord(from, "let"))
      this.#groups(from, to, { path: around.path, under: this.#code.text(from) });
    else if (other !== undefined)
      this.#groups(from, to, { path: around.path, under: this.#code.text(other) });
    else if (operators.length === 0) this.#terms(from, to, around);
    else
      for (const [index, end] of [...operators, to].entries())
        this.expression(index === 0 ? from : operators[index - 1]! + 1, end, around);
  }

  /** One thing, or a function with its arguments. */
  #terms(from: number, to: number, around: Around): void {
    const starts: number[] = [];
    for (let at = from; at < to; at = this.#code.after(at)) {
      const joined =
        this.#code.text(at) === "." ||
        (at > from && this.#code.text(at - 1) === "." && this.#code.tokens[at - 1]?.kind === "mark");
      if (!joined && !(at > from && this.#code.isWord(at - 1, "rec"))) starts.push(at);
    }
    const first = this.#code.isWord(from, "rec") ? from + 1 : from;
    const second = starts[1] ?? to;
    const name = this.#code.tokens
      .slice(from, second)
      .map(({ text }) => text)
      .join("");
    if (starts.length === 1 && this.#code.after(first) === to) this.#group(first, around, true);
    else
      this.#groups(from, to, {
        path: around.path,
        under: this.#code.tokens[from]!.kind === "open" ? "an expression" : name,
      });
  }

  #groups(from: number, to: number, around: Around): void {
    for (let at = from; at < to; at = this.#code.after(at))
      if (this.#code.tokens[at]!.kind === "open") this.#group(at, around, false);
  }

  /** `alone`: it is the whole value of the name that the path ends with. */
  #group(at: number, around: Around, alone: boolean): void {
    const end = this.#code.after(at) - 1;
    const text = this.#code.text(at);
    if (text === "{") this.#bindingsOf(at + 1, end, around);
    if (text === "(") this.expression(at + 1, end, around);
    if (text !== "[") return;
    const inside = alone ? elementOf(around) : around;
    for (let each = at + 1; each < end; each = this.#code.after(each))
      if (this.#code.tokens[each]!.kind === "open") this.#group(each, inside, false);
  }

  #bindingsOf(from: number, to: number, around: Around): void {
    for (let at = from; at < to; ) {
      if (this.bindings.length > mostBindings) throw this.#code.lost(at);
      at = this.#code.isWord(at, "inherit") ? this.#inherited(at, to, around) : this.#binding(at, to, around);
    }
  }

  #inherited(from: number, to: number, around: Around): number {
    let at = this.#code.text(from + 1) === "(" ? this.#code.after(from + 1) : from + 1;
    for (; at < to && this.#code.text(at) !== ";"; at = this.#code.after(at)) {
      const path = [...around.path, nameOf(this.#code.tokens[at]!)];
      this.bindings.push({
        path,
        at: this.#code.tokens[at]!.at,
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
      const token = this.#code.tokens[at];
      if (at >= to || !token || !/^(?:word|string|open)$/.test(token.kind)) throw this.#code.lost(at);
      path.push(nameOf(token));
      if (path.length > longestPath) throw this.#code.lost(at);
      at = this.#code.after(at);
      if (this.#code.text(at) !== ".") break;
      at += 1;
    }
    if (at >= to || this.#code.text(at) !== "=") throw this.#code.lost(at);
    const end = this.#code.valueEnd(at + 1, to);
    this.bindings.push({
      path,
      at: this.#code.tokens[from]!.at,
      from: at + 1,
      to: end,
      inherited: false,
      under: around.under,
    });
    this.expression(at + 1, end, { path, under: around.under });
    return end + 1;
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
