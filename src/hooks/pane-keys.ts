/** The keys of the panes, while nothing lies over them: a part of the key table. */
import type { KeyBinding, KeyContext } from "./key-binding.ts";

const needsRow = ({ hasRow }: KeyContext) => (hasRow ? null : "Nothing is selected.");
const needsDerivation = ({ hasDerivation }: KeyContext) =>
  hasDerivation ? null : "Only derivations have a log: select one in the Builds pane.";
const needsLines = ({ logLines }: KeyContext) => (logLines > 0 ? null : "There is no line yet.");
const needsSearch = ({ searching }: KeyContext) => (searching ? null : "Search first: / and a text.");
const notPaused = ({ paused }: KeyContext) => (paused ? "The picture is paused: space lets it go on." : null);

export const paneKeys: readonly KeyBinding[] = [
  { id: "down", keys: ["j", "down"], scope: "panes" },
  { id: "up", keys: ["k", "up"], scope: "panes" },
  { id: "page-down", keys: ["pagedown", "ctrl-f"], scope: "panes" },
  { id: "page-up", keys: ["pageup", "ctrl-b"], scope: "panes" },
  { id: "half-page-down", keys: ["ctrl-d"], scope: "panes" },
  { id: "half-page-up", keys: ["ctrl-u"], scope: "panes" },
  { id: "first", keys: ["g", "home"], scope: "panes" },
  { id: "last", keys: ["G", "end"], scope: "panes" },
  { id: "left", keys: ["left"], scope: "log" },
  { id: "right", keys: ["right"], scope: "log" },

  { id: "next-pane", keys: ["tab"], scope: "panes", footer: { order: 1, label: "pane" } },
  { id: "previous-pane", keys: ["shift-tab"], scope: "panes" },
  { id: "numbered-pane", keys: ["1", "2", "3", "4", "5", "6", "7", "8", "9"], scope: "panes" },
  { id: "open", keys: ["enter"], scope: "builds", footer: { order: 2, label: "open" }, disabled: needsRow },
  {
    id: "gauges",
    keys: ["enter"],
    scope: "builders",
    footer: { order: 2, label: "closer" },
  },
  { id: "back", keys: ["esc"], scope: "panes" },
  { id: "zoom", keys: ["z"], scope: "panes", footer: { order: 7, label: "zoom" } },

  { id: "filter", keys: ["/"], scope: "builds", footer: { order: 3, label: "filter" } },
  { id: "search", keys: ["/"], scope: "log", footer: { order: 3, label: "search" }, disabled: needsLines },
  {
    id: "next-match",
    keys: ["n"],
    scope: "log",
    footer: { order: 4, label: "next" },
    disabled: needsSearch,
  },
  { id: "previous-match", keys: ["N"], scope: "log", disabled: needsSearch },
  { id: "sort", keys: ["s"], scope: "builds", footer: { order: 5, label: "sort" }, disabled: notPaused },
  {
    id: "hide-done",
    keys: [".", "h"],
    scope: "builds",
    footer: { order: 8, label: "hide done" },
    disabled: notPaused,
  },
  { id: "messages", keys: ["m"], scope: "panes", footer: { order: 11, label: "messages" } },
  { id: "pause", keys: ["space"], scope: "panes", footer: { order: 6, label: "pause" } },
  {
    id: "restart-builder",
    keys: ["r"],
    scope: "builders",
    footer: { order: 3, label: "restart" },
    disabled: ({ builder }) => builder.restart,
  },
  {
    id: "switch-builder",
    keys: ["S"],
    scope: "builders",
    footer: { order: 4, label: "start/stop" },
    disabled: ({ builder }) => builder.switch,
  },
  {
    id: "test-builder",
    keys: ["t"],
    scope: "builders",
    footer: { order: 5, label: "test" },
    disabled: ({ builder }) => builder.test,
  },
  {
    id: "builder-log",
    keys: ["l", "o"],
    scope: "builders",
    footer: { order: 6, label: "its log" },
    disabled: ({ builder }) => builder.log,
  },
  { id: "copy-builder", keys: ["y"], scope: "builders", disabled: ({ builder }) => builder.copy },
  {
    id: "restart-daemon",
    keys: ["R"],
    scope: "panes",
    footer: { order: 12, label: "restart daemon" },
    disabled: ({ builder }) => builder.daemon,
  },
  { id: "look-again", keys: ["ctrl-r"], scope: "panes", disabled: ({ builder }) => builder.look },
  { id: "copy", keys: ["y"], scope: "builds", disabled: needsRow },
  { id: "copy", keys: ["y"], scope: "log", footer: { order: 9, label: "copy" }, disabled: needsLines },
  {
    id: "pager",
    keys: ["o"],
    scope: "panes",
    footer: { order: 10, label: "pager" },
    disabled: needsDerivation,
  },
  {
    id: "sessions",
    keys: ["S"],
    scope: "panes",
    disabled: ({ sessions }) => (sessions > 0 ? null : "No Nix command was seen yet."),
  },
  {
    id: "watch",
    keys: ["w"],
    scope: "panes",
    footer: { order: 5, label: "watch" },
    disabled: ({ watchReason }) => watchReason,
  },

  {
    id: "doctor",
    keys: ["d"],
    scope: "panes",
    footer: { order: 4, label: "doctor" },
    disabled: ({ doctor }) => doctor.open,
  },

  {
    id: "settings",
    keys: ["e"],
    scope: "panes",
    footer: { order: 4, label: "settings" },
    disabled: ({ setting }) => setting.open,
  },

  { id: "help", keys: ["?"], scope: "panes", footer: { order: 0, label: "help" } },
  { id: "palette", keys: [":"], scope: "panes" },
  { id: "quit", keys: ["q"], scope: "panes", footer: { order: 0, label: "quit" } },
];
