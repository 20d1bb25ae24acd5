/** What is said of a machine that is looked at, whichever way it is reached. */

/** How a machine is reached: `local` (this one), the ssh library, the system's own ssh, or a recording of a machine. */
export type Transport = "local" | "ssh2" | "openssh" | "recording";

/** Why a machine cannot be reached, in a word. */
export type HostTroubleKind =
  /** The name does not resolve, or is no name at all. */
  | "name"
  /** ssh's own configuration is wrong, or `ssh -G` did not answer. */
  | "config"
  /** Nothing listens, or no route. */
  | "refused"
  /** Nothing answered in time. */
  | "timeout"
  /** Something listens, but it does not speak SSH (or says nothing). */
  | "not-ssh"
  /** Nobody has vouched for this host key yet. */
  | "host-key-unknown"
  /** The host shows another key than the known one, or a revoked one. */
  | "host-key-changed"
  | "host-key-revoked"
  /** The login was refused. */
  | "login"
  /** The connection was there and is gone. */
  | "lost"
  /** The machine answers, but not as it should: no shell, garbage, too much. */
  | "protocol"
  /** The recording does not hold what was asked for. */
  | "not-recorded";

export interface HostTrouble {
  readonly kind: HostTroubleKind;
  /** One clean line: what, where, what to do. */
  readonly message: string;
  /** More lines for whoever asks: fingerprints, what the server said. Clean, few. */
  readonly details: readonly string[];
  /** Whether to try again by itself. Never after a refused login or a wrong key: servers count those. */
  readonly retry: boolean;
}

/**
 * How a process ended. Both `null`: nobody told, as the connection was lost before; by the ssh program, which tells of no
 * signal, it may have been ended by one as well.
 */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}
