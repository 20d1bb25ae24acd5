// Writes dist/, without a word unless something is wrong: rolldown's own command lists every file.
import { build } from "rolldown";
import config from "./rolldown.config.js";

await build(config);
