/** What a person is to be told of the way to a machine, beside the answer. */
import type { Host } from "../adapters/hosts/host.ts";

export function printNotes({ notes = [] }: Host): void {
  for (const note of notes) process.stderr.write(`buildtop: ${note}\n`);
}
