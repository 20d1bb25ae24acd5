// Makes what is published: production React and all libraries inside, nothing to install beside it.
import { chmodSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "rolldown";

const { version } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));
const standIn = (name) => new URL(`src/bundle/${name}.ts`, import.meta.url).pathname;

export default defineConfig({
  input: { buildtop: "src/cli.ts" },
  platform: "node",
  resolve: {
    alias: {
      // Ink asks for React's developer tools only if DEV is set; the import is hoisted all the same.
      "react-devtools-core": standIn("empty"),
      "node:process": standIn("process"),
      "string-width": standIn("string-width"),
      "object-hash": standIn("object-hash"),
      // Its "main" is built for a loader of modules that nobody has any more; the modules themselves are beside it.
      "jsonc-parser": new URL("node_modules/jsonc-parser/lib/esm/main.js", import.meta.url).pathname,
      // Native code that ssh2 is a little faster with, and does without. Installing us runs no compiler.
      "cpu-features": standIn("missing"),
      "./crypto/build/Release/sshcrypto.node": standIn("missing"),
    },
  },
  transform: {
    target: "node22",
    define: {
      "process.env.NODE_ENV": '"production"',
      "process.env.DEV": '"false"',
      // Yoga would read its own bytes through fetch, which makes Node load its whole HTTP client: a third of the time
      // to the first picture. Without fetch it decodes them itself. Nothing here talks HTTP.
      fetch: "undefined",
      // ssh2 is CommonJS and asks for it while it loads, for files it needs on Windows only.
      __dirname: "import.meta.dirname",
      __BUILDTOP_VERSION__: JSON.stringify(version),
    },
    inject: { "Intl.Segmenter": [standIn("segmenter"), "QuickSegmenter"] },
  },
  output: {
    dir: "dist",
    format: "esm",
    banner: (chunk) => (chunk.isEntry ? "#!/usr/bin/env -S node --max-semi-space-size=4" : ""),
    chunkFileNames: "chunks/[name].js",
    // Split at our dynamic imports: a command loads what it needs, see docs/decisions/0021-several-files-in-the-bundle.md.
    minify: true,
    cleanDir: true,
  },
  plugins: [
    emojiWhenMet(),
    licences(),
    { name: "executable", writeBundle: () => chmodSync("dist/buildtop.js", 0o755) },
  ],
});

/**
 * V8 reads the pattern of a regular expression with all emoji in it, for a tenth of the time to the first picture, as soon
 * as it reads the file. Here it is made when string-width first meets a character that is not a plain one.
 */
function emojiWhenMet() {
  const literal = /const emojiPrefixRegex = \/(.+)\/v;/;
  return {
    name: "emoji-when-met",
    transform: {
      filter: { id: /node_modules\/string-width\/index\.js$/ },
      handler(code) {
        const source = literal.exec(code)?.[1];
        if (source === undefined) throw new Error("string-width has no emojiPrefixRegex any more: look anew");
        const made = `emoji ??= new RegExp(${JSON.stringify(source)}, "v")`;
        return code.replace(
          literal,
          () => `let emoji; const emojiPrefixRegex = {
          test: (text) => (${made}).test(text),
          exec: (text) => (${made}).exec(text),
        };`,
        );
      },
    },
  };
}

/** Writes dist/LICENSES.txt: whose code is in the bundle, and on what terms. */
function licences() {
  return {
    name: "licences",
    writeBundle(_options, bundle) {
      const modules = Object.values(bundle).flatMap((chunk) => chunk.moduleIds ?? []);
      const directories = modules.flatMap(
        (id) => id.match(/^\0?(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//)?.[1] ?? [],
      );
      const parts = [...new Set(directories)].sort().map(licenceOf);
      writeFileSync("dist/LICENSES.txt", `buildtop contains these packages.\n\n${parts.join("\n")}`);
    },
  };
}

function licenceOf(directory) {
  const { name, version, license, author, homepage } = JSON.parse(
    readFileSync(join(directory, "package.json"), "utf8"),
  );
  const file = readdirSync(directory).find((each) => /^(licen[cs]e|copying)/i.test(each));
  // Some packages name their licence without its text; then its name and author have to do.
  const by = typeof author === "string" ? author : (author?.name ?? homepage ?? "its authors");
  const text = file ? readFileSync(join(directory, file), "utf8").trim() : `${license}, by ${by}`;
  return `${"=".repeat(78)}\n${name} ${version} (${license})\n\n${text}\n`;
}
