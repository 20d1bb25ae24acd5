import { LogStore } from "./log-store.ts";
import { ActivityRecord, DerivationRecord, SessionRecord, TransferRecord } from "./records.ts";
import { Entry } from "./stream-state.ts";
import { Attempt, Worker } from "./verdicts.ts";

const kept: object[] = [];

/**
 * Keeps one object of each class whose objects come and go.
 *
 * When a full collection finds none of them alive, as between two builds, V8 forgets how they are laid out, and with that
 * drops all compiled code that knew it: the next flood would begin in the interpreter. What the fields of the first one
 * hold decides how V8 stores those of all others: a text where there may be a text or a number, a number with a fraction
 * where there may be one.
 */
export function keepLayouts(): void {
  if (kept.length > 0) return;
  const session = new SessionRecord(0, "", null, 0.5);
  const derivation = new DerivationRecord("", new LogStore());
  kept.push(
    new Entry("", 0, null, session),
    new Worker(false, () => {}),
    new Attempt(derivation, session, null, "", false),
    new TransferRecord("", "", "", "download", "", 0, 0.5),
    new ActivityRecord("", "other", "", 0, 0.5),
  );
}
