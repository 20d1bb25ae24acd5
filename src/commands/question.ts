/** A yes or no from the person at the terminal. */
import { createInterface } from "node:readline/promises";

/** Whether somebody is there to be asked. */
export function hasTerminal(): boolean {
  return process.stdin.isTTY === true && process.stdout.isTTY === true;
}

/** Ctrl-C and the end of the input are a no, and so is anything but y or yes. */
export async function asksYes(question: string): Promise<boolean> {
  const questions = createInterface({ input: process.stdin, output: process.stdout });
  const stop = new AbortController();
  questions.once("SIGINT", () => stop.abort());
  questions.once("close", () => stop.abort());
  try {
    const answer = await questions.question(`${question} [y/N] `, { signal: stop.signal });
    return /^y(?:es)?$/i.test(answer.trim());
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    process.stdout.write("\n");
    return false;
  } finally {
    questions.close();
  }
}
