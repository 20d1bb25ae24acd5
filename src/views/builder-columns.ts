/** Widths of the columns of the Builders pane, each with the gap behind it. */
import { type GaugeLabel, gaugeLabels } from "../store/machine-row-description.ts";

export interface BuilderColumns {
  readonly name: number;
  /** Systems of a builder, what a machine is; 0: not drawn. */
  readonly place: number;
  /** Jobs and answer, or the state in words. */
  readonly status: number;
  /** Processors, memory and disk in numbers; 0: not drawn. */
  readonly gauges: number;
  /** Which of them there is room for. */
  readonly labels: readonly GaugeLabel[];
}

/** What the rows want; the mark of trouble counts as if every row had it, so that nothing moves when one comes. */
export interface LongestTexts {
  /** Of all names, with indentation. */
  readonly name: number;
  /** Of all places, each in its best form. */
  readonly place: number;
  /** Of all jobs, when all of them are used. */
  readonly jobs: number;
}

const markWidth = 2;
/** `  cpu  86 %`. */
export function gaugeWidth(label: GaugeLabel): number {
  return 2 + label.length + 6;
}

/** The systems of a builder, short. */
const leastPlace = 10;
const mostPlace = 26;
const leastName = 14;
const mostName = 40;
/** `0/4 jobs  full ~12m`. */
const usualStatus = 20;
/** Nearly all words are whole, and so is ` full ~12m` behind the jobs. */
const closeStatus = 18;
const answerWidth = 10;
/** `0/4 jobs  100 ms`: without gauges, where the names want the rest. */
const leastStatus = 16;
/** `0/4 jobs`: where the gauges stand beside it in a narrow pane. */
const jobsOnly = 10;

/**
 * Where the gauges are folded in, names go before gauges, and gauges before places; beside them there is room for the
 * better part of both.
 *
 * @param width cells inside the pane
 * @param folded the gauges have no pane of their own in sight: their numbers go before the systems
 */
export function builderColumns(width: number, folded: boolean, longest: LongestTexts): BuilderColumns {
  const wanted = Math.min(Math.max(longest.name + 1, leastName), mostName);
  const close = Math.min(Math.max(closeStatus, longest.jobs + answerWidth), usualStatus);
  const labels = labelsFor(width, folded, { name: wanted, status: close });
  const gauges = labels.reduce((sum, label) => sum + gaugeWidth(label), 0);
  const narrow = gauges > 0 && width < 70;
  const forStatus = width - markWidth - gauges - wanted;
  let status = narrow ? jobsOnly : Math.min(Math.max(forStatus, leastStatus), usualStatus);
  const place = (room: number) => Math.min(Math.max(room, 0), mostPlace);
  const wantedPlace = place(longest.place + 1);
  // A place that is not whole takes what the status seldom needs.
  if (!narrow && forStatus - status < wantedPlace && forStatus - close >= leastPlace)
    status = Math.max(close, Math.min(forStatus - wantedPlace, usualStatus));
  const rest = width - markWidth - status - gauges;
  const left = rest - (folded ? wanted : Math.min(wanted, Math.max(rest - leastPlace, leastName)));
  if (left < leastPlace) return { name: Math.max(rest, 8), place: 0, status, gauges, labels };
  return { name: rest - place(left), place: place(left), status, gauges, labels };
}

/** All three, or, where the names want more, the ones that tell of trouble: a disk that fills, memory that is used up. */
function labelsFor(
  width: number,
  folded: boolean,
  { name, status }: { name: number; status: number },
): readonly GaugeLabel[] {
  if (width < (folded ? 56 : 84)) return [];
  let room = width - markWidth - (width < 70 ? jobsOnly : status) - name;
  const shown: GaugeLabel[] = [];
  for (const label of gaugeLabels.toReversed()) {
    if (gaugeWidth(label) > room) break;
    room -= gaugeWidth(label);
    shown.unshift(label);
  }
  return shown;
}
