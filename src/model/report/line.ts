/** A line of text output. The tone says what it is about; whoever prints it turns that into a colour, or into nothing. */
export interface Line {
  text: string;
  tone: Tone;
}

export type Tone = "plain" | "good" | "running" | "attention" | "failed" | "dim";

export function line(text: string, tone: Tone = "plain"): Line {
  return { text, tone };
}
