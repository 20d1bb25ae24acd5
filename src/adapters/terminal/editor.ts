/** Opens a file at a line in the person's editor, while the dashboard has stepped aside. */
import { spawnSync } from "node:child_process";
import { basename } from "node:path";
import { cleanText } from "../../model/text/clean.ts";
import type { Environment } from "./capabilities.ts";

export interface EditorOptions {
  readonly env: Environment;
  /** Where keys come from and where the screen is. */
  readonly stdin: number;
  readonly stdout: number;
  readonly path: string;
  /** From 1. */
  readonly line: number;
}

/**
 * Blocks until the editor ends; the caller must have handed over the terminal (see `showInPager`). Returns one line if
 * something went wrong.
 */
export function openInEditor({ env, stdin, stdout, path, line }: EditorOptions): string | null {
  const editor = env.VISUAL || env.EDITOR || "vi";
  const script = `${editor} "$@"; exit $?`;
  // -m gives it a process group of its own, so that its Ctrl-C stops no build.
  const ended = spawnSync("/bin/sh", ["-m", "-c", script, "sh", ...editorArguments(editor, path, line)], {
    stdio: [stdin, stdout, stdout],
    env: { ...process.env, ...env },
  });
  if (ended.error) return `The editor could not be started: ${ended.error.message}`;
  if (ended.status === 127 || ended.status === 126)
    return `There is no editor "${cleanText(editor)}": set EDITOR to one that is installed.`;
  return null;
}

/** vi, Emacs and nano take `+LINE FILE`; others have ways of their own. */
export function editorArguments(editor: string, path: string, line: number): string[] {
  const program = basename(editor.trim().split(/\s+/)[0] ?? "");
  if (/^(?:hx|helix|subl|zed)$/.test(program)) return [`${path}:${line}`];
  if (/^(?:code|code-insiders|codium|cursor)$/.test(program)) return ["--wait", "--goto", `${path}:${line}`];
  return [`+${line}`, path];
}
