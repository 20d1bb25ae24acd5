/** `buildtop doctor [HOST…]`: every diagnosis of each machine, with its evidence and what mends it. */
import { doctorJson } from "../model/report/doctor-json.ts";
import { doctorText, hasTroubles } from "../model/report/doctor-text.ts";
import { line } from "../model/report/line.ts";
import { textOutput, writeToStdout } from "./output.ts";
import { look, type StatusOptions } from "./status.ts";

/** Exit status: 0 all is well, 1 there are troubles (errors or warnings), 2 a machine could not be looked at. */
export async function doctor(names: readonly string[], options: StatusOptions): Promise<number> {
  const statuses = (await look(names, options.recording, { measured: false })).map(({ status }) => status);
  if (options.json) await writeToStdout(`${JSON.stringify(doctorJson(statuses), null, 2)}\n`);
  else {
    const output = textOutput({ stream: process.stdout, ascii: options.ascii, color: true });
    output.print(
      statuses.flatMap((each, index) => (index > 0 ? [line(""), ...doctorText(each)] : doctorText(each))),
    );
  }
  if (statuses.some(({ connection }) => connection.state !== "connected")) return 2;
  return statuses.some(hasTroubles) ? 1 : 0;
}
