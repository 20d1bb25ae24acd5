import { Box, Text } from "ink";
import type { ReactNode } from "react";
import type { KeyBinding, KeyContext, Scope } from "../hooks/key-binding.ts";
import { keyLabel } from "../hooks/key-label.ts";
import { findBinding, keyTable } from "../hooks/key-table.ts";
import { fit, graphemes, textWidth, truncateEnd } from "../model/text/width.ts";
import type { DashboardState, TextField } from "../store/dashboard-state.ts";
import { useTheme } from "./theme.ts";

export interface FooterProps {
  state: DashboardState;
  scopes: readonly Scope[];
  context: KeyContext;
  /** Where the command stands, if something special happens to it. */
  note: string | null;
}

/** One row: what is being typed, else what was just said, else the keys that help now. */
export function Footer({ state, scopes, context, note }: FooterProps): ReactNode {
  const theme = useTheme();
  const { columns, field, flash, action } = state;
  if (field && field.purpose !== "setting") return <FieldLine field={field} columns={columns} />;
  const underWay =
    action === null ? note : action.line === "" ? `${action.title}…` : `${action.title}: ${action.line}`;
  const said = flash ?? (underWay === null ? null : { text: underWay, tone: "attention" as const });
  if (said)
    return (
      <Box height={1}>
        <Text {...theme.tones[said.tone]}>{` ${fit(said.text, columns - 2, theme.glyphs.ellipsis)}`}</Text>
      </Box>
    );
  const { left, right } = footerKeys(scopes, context, columns - 2, theme.ascii);
  return (
    <Box height={1} width={columns} justifyContent="space-between" paddingX={1} overflow="hidden">
      <Hints hints={left} />
      <Hints hints={right} />
    </Box>
  );
}

interface Hint {
  key: string;
  label: string;
}

/** What fits, the most useful first; help and quit (order 0) always, on the right. */
function footerKeys(scopes: readonly Scope[], context: KeyContext, width: number, ascii: boolean) {
  const bindings = scopes
    .flatMap((scope) => keyTable.filter((binding) => binding.scope === scope))
    .filter((binding) => binding.footer && (binding.disabled?.(context) ?? null) === null)
    // An inner scope may use the key for something else.
    .filter((binding) => findBinding(scopes, binding.keys[0] ?? "") === binding)
    .sort((a, b) => order(a) - order(b));
  const hintOf = ({ keys, footer }: KeyBinding): Hint => ({
    key: keyLabel(keys[0] ?? "", ascii),
    label: footer?.label ?? "",
  });
  const right = bindings.filter((binding) => order(binding) === 0).map(hintOf);
  let room = width - right.reduce((sum, hint) => sum + hintWidth(hint), 0);
  const left: Hint[] = [];
  for (const hint of bindings.filter((binding) => order(binding) > 0).map(hintOf)) {
    room -= hintWidth(hint);
    if (room < 0) break;
    left.push(hint);
  }
  return { left, right };
}

function order({ footer }: KeyBinding): number {
  return footer?.order ?? Number.MAX_SAFE_INTEGER;
}

function hintWidth({ key, label }: Hint): number {
  return textWidth(key) + 1 + label.length + 3;
}

function Hints({ hints }: { hints: readonly Hint[] }): ReactNode {
  const theme = useTheme();
  return (
    <Text wrap="truncate-end">
      {hints.map(({ key, label }, index) => (
        <Text key={key + label}>
          {index > 0 ? "   " : ""}
          <Text {...theme.key}>
            {theme.ascii ? key : key.toLowerCase() === key || key.length === 1 ? key : key.toLowerCase()}
          </Text>
          <Text dimColor>{` ${label}`}</Text>
        </Text>
      ))}
    </Text>
  );
}

const prompts = {
  filter: "filter: ",
  search: "search: ",
  palette: ": ",
  // Typed in place: see `settings.tsx`.
  setting: "",
  "setting-filter": "filter: ",
} as const;

function FieldLine({ field, columns }: { field: TextField; columns: number }): ReactNode {
  const theme = useTheme();
  const characters = graphemes(field.text);
  const at = Math.min(field.cursor, characters.length);
  const prompt = prompts[field.purpose];
  // The end of a long text scrolls with the cursor.
  const room = Math.max(columns - prompt.length - 3, 1);
  const from = Math.max(0, at - room);
  const before = characters.slice(from, at).join("");
  const after = truncateEnd(characters.slice(at + 1).join(""), Math.max(room - textWidth(before) - 1, 0), "");
  return (
    <Box height={1}>
      <Text {...theme.key}>{` ${prompt}`}</Text>
      <Text>{before}</Text>
      <Text inverse>{characters[at] ?? " "}</Text>
      <Text>{after}</Text>
    </Box>
  );
}
