/** One container as `docker inspect --format '{{json .State}}'` has it. */
import { cleanText } from "../text/clean.ts";

export interface ContainerState {
  readonly running: boolean;
  /** When this run began; `null`: it does not run. */
  readonly run: string | null;
  /** Why its last run ended badly; `null`: it did not. */
  readonly exit: string | null;
}

/** `null` where the text is nothing of the kind. */
export function containerState(text: string): ContainerState | null {
  let state: unknown;
  try {
    state = JSON.parse(text);
  } catch {
    // Cut off, or words of docker's that are no answer.
    return null;
  }
  if (typeof state !== "object" || state === null) return null;
  const { Running, StartedAt, ExitCode, OOMKilled, Error: error, Status } = state as Record<string, unknown>;
  if (typeof Running !== "boolean") return null;
  // A paused one counts as running to docker.
  const running = Running && Status !== "paused" && Status !== "restarting";
  return {
    running,
    run: running && typeof StartedAt === "string" ? cleanText(StartedAt) : null,
    exit: running ? null : exitOf(ExitCode, OOMKilled, error),
  };
}

function exitOf(code: unknown, outOfMemory: unknown, error: unknown): string | null {
  if (outOfMemory === true) return "the last run was ended for want of memory";
  if (typeof error === "string" && error !== "") return `docker could not start it: ${cleanText(error)}`;
  // 137 and 143: somebody stopped it.
  if (typeof code !== "number" || code === 0 || code === 137 || code === 143) return null;
  return `the last run ended with exit code ${code}`;
}
