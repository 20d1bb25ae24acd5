// Makes the one file that is published: production React and all libraries inside, nothing to install beside it.
import { readFileSync } from "node:fs";
import { defineConfig } from "rolldown";

const { version } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));

export default defineConfig({
  input: { buildtop: "src/cli.ts" },
  platform: "node",
  resolve: {
    // Ink asks for React's developer tools only if DEV is set; the import is hoisted all the same.
    alias: { "react-devtools-core": new URL("src/empty.ts", import.meta.url).pathname },
  },
  transform: {
    target: "node22",
    define: {
      "process.env.NODE_ENV": '"production"',
      "process.env.DEV": '"false"',
      __BUILDTOP_VERSION__: JSON.stringify(version),
    },
  },
  output: {
    dir: "dist",
    format: "esm",
    banner: "#!/usr/bin/env -S node --max-semi-space-size=4",
    minify: false,
    cleanDir: true,
  },
});
