// Writes docs/diagnoses.md anew from the table of diagnoses.
import { writeFileSync } from "node:fs";
import { diagnosesMarkdown } from "../../src/model/diagnoses/docs.ts";

writeFileSync(new URL("../../docs/diagnoses.md", import.meta.url), diagnosesMarkdown());
