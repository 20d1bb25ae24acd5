/** A terminal's screen with its colours → a page that a browser can take a picture of. */

/** The sixteen colours, default text and background of a usual dark and a usual light terminal. */
export const palettes = {
  dark: {
    text: "#d8dee9",
    background: "#14161b",
    colours: [
      "#2b303b", "#e06c75", "#7fbf6b", "#d7a84f", "#5c9ded", "#b57edc", "#4fb3bf", "#c8cdd5",
      "#6b7280", "#ef8891", "#98d384", "#e8c074", "#82b5f5", "#cba0ea", "#77cdd6", "#ffffff",
    ],
  },
  light: {
    text: "#24292f",
    background: "#ffffff",
    colours: [
      "#24292f", "#c62f3d", "#1f7a38", "#8a6100", "#0b5cc4", "#7a3fb0", "#0b7280", "#6e7781",
      "#57606a", "#a40e26", "#1a6b30", "#6f4e00", "#0949a3", "#652f96", "#085d69", "#8c959f",
    ],
  },
} as const; // biome-ignore format: eight to a line
export type Palette = (typeof palettes)[keyof typeof palettes];

interface Style {
  foreground: number | null;
  background: number | null;
  bold: boolean;
  dim: boolean;
  italic: boolean;
  underline: boolean;
  inverse: boolean;
}

const plain: Style = {
  foreground: null,
  background: null,
  bold: false,
  dim: false,
  italic: false,
  underline: false,
  inverse: false,
};

/** Width and height of one character in the picture, in pixels. */
export const cell = { width: 9, height: 19 } as const;

/** `screen`: rows with SGR sequences, as `tmux capture-pane -e` prints them. */
export function page(screen: readonly string[], palette: Palette): string {
  // tmux says a style once and keeps it over the end of a row.
  const rows = spans(screen.join("\n"), palette);
  const css = `html,body{margin:0;background:${palette.background};color:${palette.text}}
pre{margin:8px;font:15px/${cell.height}px "JetBrains Mono","DejaVu Sans Mono",monospace;white-space:pre}`;
  return `<!doctype html><meta charset=utf-8><style>${css}</style><pre>${rows}</pre>`;
}

function spans(text: string, palette: Palette): string {
  let style = plain;
  let out = "";
  for (const part of text.split(/(\x1b\[[\d;]*m)/)) {
    const codes = /^\x1b\[([\d;]*)m$/.exec(part);
    if (codes) style = applied(style, codes[1]!.split(";").map(Number));
    else if (part !== "") out += `<span style="${css(style, palette)}">${escaped(part)}</span>`;
  }
  return out;
}

function applied(before: Style, codes: readonly number[]): Style {
  let style = before;
  for (const code of codes) {
    if (code === 0) style = plain;
    else if (code === 1) style = { ...style, bold: true };
    else if (code === 2) style = { ...style, dim: true };
    else if (code === 3) style = { ...style, italic: true };
    else if (code === 4) style = { ...style, underline: true };
    else if (code === 7) style = { ...style, inverse: true };
    else if (code === 22) style = { ...style, bold: false, dim: false };
    else if (code === 27) style = { ...style, inverse: false };
    else if (code >= 30 && code <= 37) style = { ...style, foreground: code - 30 };
    else if (code >= 90 && code <= 97) style = { ...style, foreground: code - 82 };
    else if (code === 39) style = { ...style, foreground: null };
    else if (code >= 40 && code <= 47) style = { ...style, background: code - 40 };
    else if (code === 49) style = { ...style, background: null };
  }
  return style;
}

function css(style: Style, palette: Palette): string {
  let foreground: string = style.foreground === null ? palette.text : palette.colours[style.foreground]!;
  let background: string =
    style.background === null ? palette.background : palette.colours[style.background]!;
  if (style.inverse) [foreground, background] = [background, foreground];
  return [
    `color:${foreground}`,
    background === palette.background ? "" : `background:${background}`,
    style.bold ? "font-weight:bold" : "",
    style.dim ? "opacity:.6" : "",
    style.italic ? "font-style:italic" : "",
    style.underline ? "text-decoration:underline" : "",
  ]
    .filter(Boolean)
    .join(";");
}

const escaped = (text: string): string => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
