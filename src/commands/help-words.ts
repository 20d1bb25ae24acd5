/** How --help writes what a person puts in: `HOST`, everywhere in capitals, as the docs have it. */
import { type Argument, type Command, Help, type HelpConfiguration, type Option } from "commander";

export const helpWords: HelpConfiguration = {
  commandUsage: (command: Command) => inCapitals(new Help().commandUsage(command)),
  subcommandTerm: (command: Command) => {
    const usage = inCapitals(command.usage()).replace("[options]", "").trim();
    return usage === "" ? command.name() : `${command.name()} ${usage}`;
  },
  argumentTerm: (argument: Argument) => argument.name().toUpperCase(),
  optionTerm: (option: Option) => inCapitals(option.flags),
};

/** `[host]` is `[HOST]`, `<dir>` is `DIR`. The word "options" stands for those that are listed below it. */
function inCapitals(text: string): string {
  return text
    .replace(/<([a-z]+)>/g, (_, name: string) => name.toUpperCase())
    .replace(/\[([a-z]+)((?:\.\.\.)?)\]/g, (whole, name: string, more: string) =>
      name === "options" ? whole : `[${name.toUpperCase()}${more}]`,
    );
}
