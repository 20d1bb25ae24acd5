/** Gives the terminal to whoever needs it, one after the other, and takes it back whole. */

export interface StepAsideOptions {
  /** Runs it with all modes off and the person's own screen in sight; afterwards they are on and all is drawn anew. */
  readonly without: (run: () => void | Promise<void>) => Promise<void>;
  /** The terminal could not be taken back. */
  readonly onError: (error: unknown) => void;
}

export interface StepAside {
  /** Rejects with what `run` throws. */
  readonly withTerminal: (run: () => void | Promise<void>) => Promise<void>;
  /** Listens no more. */
  readonly end: () => void;
}

/**
 * Also for the time after a stop that we were not asked about (`kill -STOP`): the shell has set its own modes and written
 * over the picture meanwhile, and SIGCONT is all that tells of it. In the background that waits until the job is brought to
 * the front again: the first change of a mode stops it there (SIGTTOU, termios(3)).
 */
export function stepAside({ without, onError }: StepAsideOptions): StepAside {
  let last: Promise<void> = Promise.resolve();
  let waiting = 0;
  const withTerminal = (run: () => void | Promise<void>): Promise<void> => {
    waiting++;
    const done = last.then(() => without(run)).finally(() => waiting--);
    last = done.catch(() => {});
    return done;
  };
  const onContinued = () => {
    // Who has stepped aside takes it back whole anyway: Ctrl-Z, a pager, sudo.
    if (waiting === 0) withTerminal(() => {}).catch(onError);
  };
  process.on("SIGCONT", onContinued);
  return { withTerminal, end: () => process.off("SIGCONT", onContinued) };
}
