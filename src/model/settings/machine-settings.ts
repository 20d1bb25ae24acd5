/** The columns of /etc/nix/machines. The file is read anew for every build, so nothing has to restart. */
import { machinesFile } from "../machine/facts.ts";
import { cleanText } from "../text/clean.ts";
import { wrongField } from "./machine-field.ts";
import type { MachineField } from "./machine-rows.ts";
import { accepted, noRange, refusedValue, type Setting } from "./setting.ts";

interface Column {
  readonly field: MachineField;
  readonly kind: Setting["kind"];
  readonly unit?: string;
  readonly default: string;
  readonly effect: string;
  readonly hint?: string;
  readonly warnings?: (value: string) => readonly (string | null)[];
}

const columns: readonly Column[] = [
  {
    field: "uri",
    kind: "text",
    default: "none, it must be there",
    effect: "The address of the machine, as the daemon reaches it.",
    hint: "ssh-ng:// is the newer protocol; a port belongs under a Host in /etc/ssh/ssh_config.d",
    warnings: (value) => [
      /^(?:ssh(?:-ng)?:\/\/)?localhost$/.test(value)
        ? "localhost without a user is no ssh for Nix: it builds right here"
        : null,
      /:\d+(?:\/|\?|$)/.test(value) ? "a port in the address needs Nix 2.31 or later" : null,
    ],
  },
  {
    field: "systems",
    kind: "words",
    default: "this machine's own system",
    effect: "What the machine can build for.",
  },
  {
    field: "sshKey",
    kind: "text",
    default: "what ssh finds for root",
    effect: "The key that the daemon logs in with.",
    hint: "it must be root's, with mode 600",
  },
  {
    field: "maxJobs",
    kind: "count",
    unit: "jobs",
    default: "1",
    effect: "How many builds the machine gets at once.",
    warnings: (value) => [Number(value) === 0 ? "with 0 the machine gets no builds" : null],
  },
  {
    field: "speedFactor",
    kind: "count",
    default: "1",
    effect: "How fast it is beside the others: the faster one is chosen first.",
  },
  {
    field: "supportedFeatures",
    kind: "words",
    default: "none",
    effect: "Features that builds may require, such as kvm or big-parallel.",
  },
  {
    field: "mandatoryFeatures",
    kind: "words",
    default: "none",
    effect: "Only builds that require these go to the machine.",
  },
  {
    field: "publicHostKey",
    kind: "text",
    default: "root's known_hosts decides",
    effect: "The machine's host key, in base64.",
  },
];

export const machineSettings: readonly Setting[] = columns.map(
  ({ field, kind, unit = "", hint = null, warnings, ...rest }) => ({
    id: `machines.${field}`,
    place: { format: "machines", file: machinesFile, field },
    ...{ kind, unit, hint, choices: [], ...rest },
    restart: { what: "nothing" },
    range: field === "maxJobs" ? () => ({ least: 0, most: 999_999_999 }) : noRange,
    judge: (input) => {
      const typed =
        kind === "words"
          ? input
              .trim()
              .split(/[\s,]+/)
              .join(",")
          : input.trim();
      const value = typed === "" || typed === "-" ? null : typed;
      const wrong = wrongField(field, value);
      if (wrong !== null) return refusedValue(wrong);
      return accepted(
        value,
        value === null ? `the default: ${rest.default}` : cleanText(value),
        value === null ? [] : warnings?.(value),
      );
    },
  }),
);
