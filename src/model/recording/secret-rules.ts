/**
 * What secrets look like: in command lines, netrc(5), nix.conf, property lists, launchctl(1) print, HTTP headers. The
 * prefixes of tokens are those their makers document (GitHub, GitLab, AWS, Slack, npm…), so that scanners find them.
 */
import type { SecretKind } from "./secrets.ts";

export interface SecretRule {
  readonly kind: SecretKind;
  /** The group `secret` (or `quoted`, `single`) is what goes; without groups, all that matches. */
  readonly pattern: RegExp;
}

/** Part of a name whose value is a secret. */
const secretWord =
  "(?:secret|token|passw|passphrase|passcode|api[-_]?key|access[-_]?key|private[-_]?key|signing[-_]?key|encryption[-_]?key|credential|cookie|bearer|[-_.](?:pat|auth|pwd)(?![A-Za-z]))";
/** What such a name ends with where its value is a place, a number, or nothing secret. */
const harmlessEnd =
  "(?:files?|path|dir|directory|sock|socket|stdin|timeout|ttl|size|count|limit|type|names?|authentication)";
const part = "[\\w.-]{0,200}";

/** A name that says that its value is a secret, `public` ones left out. Case does not matter. */
export const secretName = `(?!${part}public)(?!${part}${harmlessEnd}(?![\\w.-]))${part}${secretWord}${part}`;

/** A word, or what stands in quotes. */
const value = `(?:\\\\?"(?<quoted>[^"\\n]*)|'(?<single>[^'\\n]*)|(?<secret>[^\\s"'<>]+))`;
/** launchd prints each word of a command on a line of its own, behind tabs. */
const blank = "(?:[ \\t]+|\\r?\\n\\t+)";
/** Words that follow "password" in sentences. */
const prose =
  "(?:is|was|for|on|to|in|at|and|or|of|required|prompts?|authentication|attempts?|incorrect|entered|must|has|file)[.,;:)]*(?:\\s|$)";
const theEnd = "$(?![\\s\\S])";

const privateKeys = [
  // Without an end it was cut off: then all the rest goes.
  new RegExp(`-----BEGIN [^\\n-]{1,80}-----[\\s\\S]*?(?:-----END [^\\n-]{1,80}-----|${theEnd})`, "g"),
  new RegExp(`PuTTY-User-Key-File-[\\s\\S]*?(?:Private-MAC: *\\S+|${theEnd})`, "g"),
  /AGE-SECRET-KEY-1[A-Za-z0-9]+/gi,
  // Nix's signing keys: a name and 64 bytes. A public one has 32.
  /(?<=[\w.-]:)[A-Za-z0-9+/]{86}==/g,
];

const tokens = [
  /\b(?:gh[pousr]_|github_pat_)\w{16,}/g,
  /\b(?:glpat|gloas|gldt|glrtr?|glcbt|glptt|glft|glimt|glagent|glwt|glsoat|glffct)-[\w.=-]{16,}/g,
  /\b(?:xox[a-z]|xapp|tskey|pypi|sk-ant|sk-proj|sk_live|sk_test|rk_live|dop_v1|dckr_pat|glsa|lin_api|shpat|ya29)[-_.][\w.=-]{16,}/g,
  /\b(?:npm_|hf_|AIza|sk-)[A-Za-z0-9_]{30,}/g,
  // JSON Web Tokens: FlakeHub, Cachix, Attic.
  /\beyJ[\w-]{6,}(?:\.[\w=-]*){0,4}/g,
  /\b(?:AKIA|ASIA|AROA|AIDA|AGPA|ANPA|ANVA|ABIA|ACCA)[A-Z0-9]{16,}/g,
];

const addresses = [
  // `ssh://ssh-ng://ada@mini` has a scheme too many, no password.
  /:\/\/(?!ssh(?:-ng)?:\/\/)[^\s/:@"'<>]{0,200}:(?<secret>[^\s"'<>]{1,1000})(?=@)/g,
  // There a name alone is as good as a token.
  /\bhttps?:\/\/(?<secret>[^\s/:@"'<>]{1,1000})(?=@)/g,
];

const headers = [
  /\b(?:proxy-)?authorization\\?["']?\s*[:=]\s*\\?["']?(?<secret>(?:digest|aws4)[^\n]*|[^"'\n]+)/gi,
  /\b(?:(?:set-)?cookie|x-[\w-]{0,60}(?:key|token|auth)|private-token):\s*(?<secret>[^"'\n]+)/gi,
  /\b(?:bearer|basic)\s+(?<secret>[\w.~+/=-]{12,})/gi,
];

const nixTokens = [
  /\b(?:extra-)?(?:access-tokens|impure-env)(?:[ \t]*(?:=>|[=:])[ \t]*|[ \t]+|\r?\n\t+)(?<secret>\S[^\n]*)/g,
];

const settings = [
  // netrc(5), on one line or several.
  new RegExp(`\\b(?:password|passwd)${blank}(?!${prose})(?<secret>\\S+)`, "gi"),
  /\b(?:login|account)\s+\S+\s+password\s+(?<secret>\S+)/gi,
  // NAME=value, NAME: value, NAME => value.
  new RegExp(`(?<![\\w.-])${secretName}\\\\?["']?[ \\t]*(?:=>|[=:])[ \\t]*${value}`, "gi"),
  new RegExp(`(?<![\\w.-])--?${secretName}${blank}${value}`, "gi"),
  new RegExp(`<key>${secretName}</key>\\s*<string>(?<secret>[^<]+)`, "gi"),
  // QEMU's -object secret, whatever it is told.
  /\bsecret,(?<secret>\S+)/g,
  /\bpass:(?<secret>\S+)/g,
  /\bsshpass\s+-p\s*(?<secret>\S+)/g,
  /\b(?:mysql|mariadb)[^\s/]*\s[^\n]*?\s?-p(?<secret>[^\s-]\S*)/g,
  /\bsecurity\s[^\n]*?\s-[wp]\s+(?<secret>\S+)/g,
  /\bcachix\s[^\n]*?authtoken\s+(?<secret>\S+)/g,
  /\battic\s+login\s+\S+\s+\S+\s+(?<secret>\S+)/g,
  // curl -u ada:word; two numbers are a user and a group.
  /(?<!\S)(?:-u|-U|--user|--proxy-user)(?:[ =]|\r?\n\t+)?(?!\d+:\d+(?!\S)|\S*:\/\/)[^\s:/]+:(?<secret>[^\s:]\S*)/g,
];

/** In the order in which they are tried: what is certain first. */
export const secretRules: readonly SecretRule[] = [
  ...ruled("private key", privateKeys),
  ...ruled("token", tokens),
  ...ruled("address password", addresses),
  ...ruled("authorization header", headers),
  ...ruled("Nix access token", nixTokens),
  ...ruled("secret setting", settings),
];

function ruled(kind: SecretKind, patterns: readonly RegExp[]): SecretRule[] {
  return patterns.map((pattern) => ({ kind, pattern }));
}
