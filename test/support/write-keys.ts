// Writes docs/keys.md anew from the key table.
import { writeFileSync } from "node:fs";
import { keysMarkdown } from "../../src/hooks/key-docs.ts";

writeFileSync(new URL("../../docs/keys.md", import.meta.url), keysMarkdown());
