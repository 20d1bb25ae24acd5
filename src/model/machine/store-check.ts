/** What came of asking Nix on a machine for the store of a builder, all output in one. */
import { diagnosisOfFailure } from "../diagnoses/failure-texts.ts";
import { isAtLeast } from "../nix-conf/nix-version.ts";
import { cleanText } from "../text/clean.ts";
import { parseStoreInfo, storeInfoWords } from "./store-info.ts";

export interface StoreCheck {
  readonly ok: boolean;
  readonly version: string | null;
  readonly trusted: boolean | null;
  /** What Nix said, one line; `null` if it got through. */
  readonly problem: string | null;
}

/** Of the sections `store-check` and `sudo-store-check`: Nix's words behind `nix store`. */
export function storeCheckRequest(
  uri: string,
  nix: Parameters<typeof storeInfoWords>[1],
  sudo: boolean,
): string {
  const verb = storeInfoWords(uri, nix).includes("ping") ? "ping" : "info";
  // `ping` has had JSON since 2.14.
  const plain = nix && !isAtLeast(nix.version, 2, 14) ? " --quiet" : "";
  return `${sudo ? "sudo-store-check" : "store-check"} ${verb} ${uri}${plain}`;
}

/** `code`: of Nix; 124 where it did not answer in time. */
export function parseStoreCheck({ text, code }: { text: string; code: number }): StoreCheck {
  if (code === 0) {
    // JSON on stdout; warnings may stand around it.
    const json = text.split("\n").find((line) => line.startsWith("{")) ?? "";
    return { ok: true, problem: null, ...parseStoreInfo(json, text) };
  }
  if (code === 124) return { ok: false, version: null, trusted: null, problem: "Nix did not answer in time" };
  const lines = text
    .split("\n")
    .map((line) => cleanText(line).replace(frame, "").trim())
    .filter((line) => line !== "" && !line.startsWith("{"));
  // A Nix that nobody could ask for its version.
  if (/unrecognised flag '--json'/.test(text))
    return { ok: false, version: null, trusted: null, problem: null };
  // What ssh or the shell over there said comes before Nix's own words and says more.
  const telling = lines.find((line) => !line.startsWith("warning:") && diagnosisOfFailure(line) !== null);
  const problem = (telling ?? lines[0])?.replace(/^error: /, "") ?? `nix ended with exit status ${code}`;
  return { ok: false, version: null, trusted: null, problem };
}

/** ssh puts its warnings into a frame of these (OpenSSH `sshconnect.c`, `authfile.c`). */
const frame = /^@+|@+$/g;
