/** How the writing of a file that belongs to root ended, as its program said it. */
import { cleanText } from "../text/clean.ts";

export type PutResult =
  | { readonly kind: "written" }
  /** Somebody else has changed, made or removed it since it was read. */
  | { readonly kind: "changed" }
  | { readonly kind: "symlink" }
  | { readonly kind: "not-regular" }
  | { readonly kind: "no-space" }
  /** The file or its directory is locked (`chattr +i`, `chflags uchg`), or the system does not permit it. */
  | { readonly kind: "immutable" }
  | { readonly kind: "read-only" }
  /** The content did not arrive whole. */
  | { readonly kind: "short-read" }
  /** One clean line. */
  | { readonly kind: "refused"; readonly why: string }
  /** It did not say how it ended: it may have been done. One clean line. */
  | { readonly kind: "unknown"; readonly why: string };

const words = new Set([
  "written",
  "changed",
  "symlink",
  "not-regular",
  "no-space",
  "immutable",
  "read-only",
  "short-read",
] as const);
type Word = typeof words extends Set<infer Each> ? Each : never;

/** From its one line, `NAME WORD…`; `null` where there is none. */
export function parsePutResult(stdout: string, name: string): PutResult | null {
  const line = stdout.split("\n").findLast((each) => each.startsWith(`${name} `));
  if (line === undefined) return null;
  const said = cleanText(line.slice(name.length + 1)).trim();
  if (isWord(said)) return { kind: said };
  const [kind = "", ...rest] = said.split(" ");
  return { kind: "refused", why: kind === "refused" ? rest.join(" ") : said };
}

function isWord(text: string): text is Word {
  return (words as ReadonlySet<string>).has(text);
}

/** What it means, as a sentence about `path`, which is clean. */
export function putWords(result: PutResult, path: string): string {
  switch (result.kind) {
    case "written":
      return `${path} is written`;
    case "changed":
      return `${path}: somebody else changed it just now; nothing was written`;
    case "symlink":
      return `${path} is a link: what it leads to belongs to somebody else; nothing was written`;
    case "not-regular":
      return `${path} is no regular file; nothing was written`;
    case "no-space":
      return `there is no space left for ${path}; nothing was written`;
    case "immutable":
      return `${path} or its directory is locked against changes; nothing was written`;
    case "read-only":
      return `${path} lies on a file system that is read-only; nothing was written`;
    case "short-read":
      return `the new content of ${path} did not arrive whole; nothing was written`;
    case "refused":
      return `${path} was not written: ${result.why}`;
    case "unknown":
      return `nobody said whether ${path} was written: ${result.why}`;
  }
}
