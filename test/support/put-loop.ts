/** A program that saves one file over and over, until something ends it: `put-loop.ts DIRECTORY PERSON|-`. */
import { hashOf, putFile } from "../../src/adapters/config/root-writer.ts";
import type { Host } from "../../src/adapters/hosts/host.ts";
import { localHost } from "../../src/adapters/hosts/local-host.ts";
import { contents } from "./put-contents.ts";

const [directory = "", person = "-"] = process.argv.slice(2);
const local = localHost();
const as = ["setpriv", `--reuid=${person}`, `--regid=${person}`, "--init-groups"];
const host: Host =
  person === "-" ? local : { ...local, open: (command, options) => local.open([...as, ...command], options) };
const never = new AbortController().signal;

process.stdout.write("begun\n");
for (let at = 0; ; at++) {
  const [old, next] = [contents[at % 2], contents[(at + 1) % 2]];
  if (!old || !next) throw new Error("there are two contents");
  const request = {
    path: `${directory}/config.json`,
    content: next,
    oldHash: hashOf(old),
    sudo: person !== "-",
    allows: (path: string) => path.startsWith(directory),
  };
  const result = await putFile(host, request, never);
  if (result.kind !== "written") throw new Error(JSON.stringify(result));
}
