/** Bundles some files as the program is bundled. */
import { type InputOptions, type OutputOptions, type Plugin, rolldown } from "rolldown";

const file = new URL("../../rolldown.config.js", import.meta.url).href;

/** Writes `directory/NAME.js` for each; what one imports may lie beside it. Of the plugins, those that change code. */
export async function bundle(input: Readonly<Record<string, string>>, directory: string): Promise<void> {
  const config: { default: InputOptions & { output: OutputOptions; plugins: Plugin[] } } = await import(file);
  const { output, plugins, ...options } = config.default;
  const made = await rolldown({ ...options, input, plugins: plugins.filter((each) => each.transform) });
  await made.write({ ...output, dir: directory, banner: "" });
  await made.close();
}
