import { useApp } from "ink";
import { useEffect } from "react";

/** Where the function that hands the terminal over is to be had, once Ink runs. */
export interface TerminalSwitchRef {
  suspend: ((run: () => Promise<void>) => Promise<void>) | null;
}

/** Ink gives its `suspendTerminal` only to components: this one passes it on to those who act. */
export function TerminalSwitch({ target }: { target: TerminalSwitchRef }): null {
  const { suspendTerminal } = useApp();
  useEffect(() => {
    target.suspend = async (run) => {
      await suspendTerminal(run);
    };
    return () => {
      target.suspend = null;
    };
  }, [target, suspendTerminal]);
  return null;
}
