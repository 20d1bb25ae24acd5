/** Plays the demonstration as if it were being recorded now. */
import { demoStream } from "../../model/demo/demo-stream.ts";
import type { NixLogStream } from "../../model/nix-log/types.ts";

/** How often parts that became due are handed over. */
const stepMs = 50;

/** Feeds what arrives up to `milliseconds` at once, and returns the rest. */
export function feedUntil(parts: ReturnType<typeof demoStream>, stream: NixLogStream, milliseconds: number) {
  const encoder = new TextEncoder();
  let at = 0;
  for (; at < parts.length && parts[at]!.at <= milliseconds; at += 1) {
    stream.feed(encoder.encode(parts[at]!.text), parts[at]!.at);
  }
  return parts.slice(at);
}

/** Plays from `from` ms on in real time; `now` is the demonstration's clock. Returns how to stop. */
export function playDemo(stream: NixLogStream, now: () => number): () => void {
  let rest = demoStream();
  const timer = setInterval(() => {
    rest = feedUntil(rest, stream, now());
    if (rest.length > 0) return;
    clearInterval(timer);
    stream.end(now(), { exitCode: 1, signal: null });
  }, stepMs);
  return () => clearInterval(timer);
}
