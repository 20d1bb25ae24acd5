/**
 * Nix code as tokens with their places. A string is one token with all that is interpolated in it; brackets know their
 * partners. The rules are those of NixOS/nix src/libexpr/lexer.l: the longest match wins, so `a/b` is a path and `a:b` an
 * address.
 */

export interface NixToken {
  readonly kind: "word" | "int" | "float" | "string" | "path" | "uri" | "open" | "close" | "mark";
  readonly text: string;
  readonly at: number;
  readonly end: number;
  /** A string in double quotes without escapes and without `${`. */
  readonly plain: boolean;
}

export interface NixTokens {
  readonly ok: true;
  readonly tokens: readonly NixToken[];
  /** By the number of a bracket's token the number of the one that closes or opens it. */
  readonly partners: ReadonlyMap<number, number>;
}

export interface NixTrouble {
  readonly ok: false;
  readonly reason: string;
  readonly at: number;
}

const deepest = 100;
const word = /[A-Za-z_][A-Za-z0-9_'-]*/y;
const int = /[0-9]+/y;
const float = /(?:[1-9][0-9]*\.[0-9]*|0?\.[0-9]+)(?:[Ee][+-]?[0-9]+)?/y;
const path =
  /(?:~|[A-Za-z0-9._+-]*)(?:\/[A-Za-z0-9._+-]+)+\/?|<[A-Za-z0-9._+-]+(?:\/[A-Za-z0-9._+-]+)*>|(?:~|[A-Za-z0-9._+-]*)\/(?=\$\{)/y;
const uri = /[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9%/?:@&=+$,_.!~*'-]+/y;
const pathRest = /[A-Za-z0-9._+/-]*/y;
const run = /[A-Za-z0-9._+-]*/y;
const mark = /\.\.\.|==|!=|<=|>=|&&|\|\||->|\/\/|\+\+|\|>|<\||[=;:,.@?+\-*/!<>]/y;
const patterns = { word, int, float, path, uri };
const closing: Readonly<Record<string, string>> = { "{": "}", "${": "}", "(": ")", "[": "]" };

class Trouble extends Error {
  readonly at: number;
  constructor(reason: string, at: number) {
    super(reason);
    this.at = at;
  }
}

/** Never throws. */
export function nixTokens(text: string): NixTokens | NixTrouble {
  const tokens: NixToken[] = [];
  const partners = new Map<number, number>();
  const open: number[] = [];
  const lexer = new Lexer(text);
  try {
    for (let at = lexer.skipBlank(0); at < text.length; at = lexer.skipBlank(tokens.at(-1)!.end)) {
      const token = lexer.tokenAt(at, 0);
      if (token.kind === "open") open.push(tokens.length);
      if (open.length > deepest) throw new Trouble(`it is nested more than ${deepest} deep`, at);
      if (token.kind === "close") {
        const partner = open.pop();
        if (partner === undefined || closing[tokens[partner]!.text] !== token.text)
          throw new Trouble(`this ${token.text} closes nothing`, at);
        partners.set(partner, tokens.length).set(tokens.length, partner);
      }
      tokens.push(token);
    }
    const left = open.pop();
    if (left !== undefined) throw new Trouble(`this ${tokens[left]!.text} is never closed`, tokens[left]!.at);
    return { ok: true, tokens, partners };
  } catch (error) {
    if (error instanceof Trouble) return { ok: false, reason: error.message, at: error.at };
    throw error;
  }
}

class Lexer {
  readonly #text: string;
  /** Where the letters end that a path or an address may begin with. Found once for all tokens before it. */
  #runEnd = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Behind blanks and comments. */
  skipBlank(from: number): number {
    const text = this.#text;
    for (let at = from; ; ) {
      if (text[at] === "#") {
        const end = text.indexOf("\n", at);
        at = end < 0 ? text.length : end;
      } else if (text.startsWith("/*", at)) {
        const end = text.indexOf("*/", at + 2);
        if (end < 0) throw new Trouble("this comment is never closed", at);
        at = end + 2;
      } else if (/[ \t\r\n]/.test(text[at] ?? "")) at += 1;
      else return at;
    }
  }

  tokenAt(at: number, depth: number): NixToken {
    const text = this.#text;
    const one = (kind: NixToken["kind"], end: number, plain = false): NixToken => ({
      ...{ kind, at, end, plain },
      text: text.slice(at, end),
    });
    if (text[at] === '"') {
      const end = this.#stringEnd(at, depth);
      return one("string", end, !/[\\$]/.test(text.slice(at, end)));
    }
    if (text.startsWith("''", at)) return one("string", this.#indentedEnd(at, depth));
    if (text.startsWith("${", at)) return one("open", at + 2);
    if ("{([".includes(text[at]!)) return one("open", at + 1);
    if ("})]".includes(text[at]!)) return one("close", at + 1);
    const [best] = this.#candidates(at)
      .map((kind) => ({ kind, end: endOf(patterns[kind], text, at) }))
      .sort((a, b) => b.end - a.end);
    if (best && best.end > at)
      return one(best.kind, best.kind === "path" ? this.#pathEnd(best.end, depth) : best.end);
    const end = endOf(mark, text, at);
    if (end > at) return one("mark", end);
    throw new Trouble("here stands a character that Nix does not know", at);
  }

  /** Paths and addresses only where they will be found, so that no text is searched again and again for their ends. */
  #candidates(at: number): (keyof typeof patterns)[] {
    const text = this.#text;
    if (at >= this.#runEnd) this.#runEnd = endOf(run, text, at);
    const [next = "", after = ""] = [text[this.#runEnd], text[this.#runEnd + 1]];
    const path = (next === "/" && /[A-Za-z0-9._+$-]/.test(after)) || text[at] === "~" || text[at] === "<";
    const uri = next === ":" && after !== "" && /[^\s;{}()[\]"#<>|]/.test(after);
    return ["word", "int", "float", ...(path ? (["path"] as const) : []), ...(uri ? (["uri"] as const) : [])];
  }

  /** A path goes on behind what is interpolated in it. */
  #pathEnd(from: number, depth: number): number {
    let at = from;
    while (this.#text.startsWith("${", at))
      at = endOf(pathRest, this.#text, this.#codeEnd(at + 2, depth + 1));
    return at;
  }

  #stringEnd(from: number, depth: number): number {
    const text = this.#text;
    for (let at = from + 1; at < text.length; ) {
      if (text[at] === '"') return at + 1;
      if (text[at] === "\\") at += 2;
      else if (text.startsWith("${", at)) at = this.#codeEnd(at + 2, depth + 1);
      else at += text[at] === "$" && !/["\\]/.test(text[at + 1] ?? '"') ? 2 : 1;
    }
    throw new Trouble("this string is never closed", from);
  }

  /** Between two single quotes each: `''$`, `'''` and `''\` are escapes, `$$` is no beginning of an interpolation. */
  #indentedEnd(from: number, depth: number): number {
    const text = this.#text;
    for (let at = from + 2; at < text.length; ) {
      if (text.startsWith("''", at)) {
        const next = text[at + 2] ?? "";
        if (next === "\\") at += 4;
        else if (next === "$" || next === "'") at += 3;
        else return at + 2;
      } else if (text.startsWith("${", at)) at = this.#codeEnd(at + 2, depth + 1);
      else if (text[at] === "$") at += text[at + 1] === "'" ? 1 : 2;
      else if (text[at] === "'") at += text[at + 1] === "$" ? 1 : 2;
      else at += 1;
    }
    throw new Trouble("this string is never closed", from);
  }

  /** Behind the `}` that ends an interpolation; `from` is behind its `${`. */
  #codeEnd(from: number, depth: number): number {
    if (depth > deepest) throw new Trouble(`it is nested more than ${deepest} deep`, from);
    let open = 1;
    for (let at = this.skipBlank(from); at < this.#text.length; at = this.skipBlank(at)) {
      const token = this.tokenAt(at, depth);
      if (token.kind === "open") open += 1;
      if (token.kind === "close") open -= 1;
      at = token.end;
      if (open === 0) return at;
    }
    throw new Trouble("this ${ is never closed", from - 2);
  }
}

function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return at + (pattern.exec(text)?.[0].length ?? 0);
}
