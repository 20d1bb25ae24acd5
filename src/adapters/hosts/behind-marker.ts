/** A channel from where its command begins: without what the login shell over there printed while it started. */
import { pipeline, Transform } from "node:stream";
import type { Exit } from "../../model/hosts/types.ts";
import { deadline } from "./deadline.ts";
import type { Channel } from "./host.ts";

/** Chatter of start-up files that is put up with, in bytes. */
const mostChatter = 64 * 1024;
/** Kept of the beginning, and of the end, of stderr. */
const keptStderr = 4096;

export type Beginning =
  | { readonly kind: "begun"; readonly channel: Channel; lastWords(): string }
  /** It ended before the marker came. */
  | { readonly kind: "ended"; readonly exit: Exit; readonly stderr: string }
  | { readonly kind: "chatter" }
  | { readonly kind: "late"; readonly stderr: string };

/**
 * Waits until the marker was printed on stdout, at most `deadlineMs` or until `signal` is aborted (told as `late`).
 * Unless it has begun, the channel is ended. `lastWords` is the end of what stderr said, for why a connection broke.
 */
export async function behindMarker(
  raw: Channel,
  marker: string,
  deadlineMs: number,
  signal: AbortSignal | undefined,
): Promise<Beginning> {
  let begun = () => {};
  let noisy = () => {};
  const seen = new Promise<"begun">((resolve) => {
    begun = () => resolve("begun");
  });
  const chatter = new Promise<"chatter">((resolve) => {
    noisy = () => resolve("chatter");
  });
  const said = new BothEnds();
  const stdout = through(raw.stdout, cutUpTo(marker, begun, noisy));
  const stderr = through(raw.stderr, (chunk) => {
    said.add(chunk);
    return chunk;
  });
  const closed = Promise.all(
    [stdout, stderr].map((each) => new Promise((resolve) => each.once("close", resolve))),
  );

  let callOff = () => {};
  const late = new Promise<"late">((resolve) => {
    const giveUp = () => resolve("late");
    const callOffDeadline = deadline(deadlineMs, giveUp);
    callOff = () => {
      callOffDeadline();
      signal?.removeEventListener("abort", giveUp);
    };
    signal?.addEventListener("abort", giveUp);
    if (signal?.aborted) giveUp();
  });
  const first = await Promise.race([seen, chatter, late, raw.exited]);
  callOff();
  if (first === "begun") {
    const exited = raw.exited.then(async (exit) => {
      await closed;
      return exit;
    });
    const channel: Channel = {
      stdin: raw.stdin,
      stdout,
      stderr,
      exited,
      kill() {
        stdout.destroy();
        stderr.destroy();
        raw.kill();
      },
    };
    return { kind: "begun", channel, lastWords: () => said.end() };
  }
  if (typeof first === "object") {
    // Its last words may still be on their way through.
    stdout.destroy();
    stderr.resume();
    await closed;
    return { kind: "ended", exit: first, stderr: said.beginning() };
  }
  raw.kill();
  stdout.destroy();
  stderr.destroy();
  return first === "chatter" ? { kind: "chatter" } : { kind: "late", stderr: said.beginning() };
}

function through(source: NodeJS.ReadableStream, pass: (chunk: Buffer) => Buffer | null): Transform {
  const transform = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      done(null, pass(chunk));
    },
  });
  // How a stream ended says nothing that the exit of the process does not say.
  pipeline(source, transform, () => {});
  transform.on("error", () => {});
  return transform;
}

function cutUpTo(marker: string, begun: () => void, noisy: () => void): (chunk: Buffer) => Buffer | null {
  let before: Buffer | null = Buffer.alloc(0);
  return (chunk) => {
    if (before === null) return chunk;
    before = Buffer.concat([before, chunk]);
    const at = before.indexOf(marker);
    const end = at < 0 ? -1 : before.indexOf(10, at);
    if (end < 0) {
      if (before.length > mostChatter) noisy();
      before = before.subarray(-mostChatter);
      return null;
    }
    const rest = before.subarray(end + 1);
    before = null;
    begun();
    return rest.length > 0 ? rest : null;
  };
}

class BothEnds {
  private head: Buffer = Buffer.alloc(0);
  private tail: Buffer = Buffer.alloc(0);

  add(chunk: Buffer): void {
    if (this.head.length < keptStderr) this.head = Buffer.concat([this.head, chunk]).subarray(0, keptStderr);
    this.tail = Buffer.from(Buffer.concat([this.tail, chunk.subarray(-keptStderr)]).subarray(-keptStderr));
  }

  beginning(): string {
    return this.head.toString("utf8");
  }

  end(): string {
    return this.tail.toString("utf8");
  }
}
