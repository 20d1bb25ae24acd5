// Runs the test files named on the command line, or all of them, and says what was skipped and why.
// With BUILDTOP_TEST_ALL=1 (CI sets it) a skipped test is a failure: there everything must be able to run.
import { spawn } from "node:child_process";
import { globSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const named = process.argv.slice(2);
const files = named.length > 0 ? named : globSync("test/**/*.test.{ts,tsx}").sort();
const report = join(tmpdir(), `buildtop-tests-${process.pid}.tap`);

const child = spawn(
  process.execPath,
  [
    "--import",
    "tsx",
    "--test",
    // Most of them wait for something; one at a time would take twice as long.
    "--test-concurrency=3",
    "--test-reporter=spec",
    "--test-reporter-destination=stdout",
    "--test-reporter=tap",
    `--test-reporter-destination=${report}`,
    ...files,
  ],
  { stdio: "inherit", env: { ...process.env, NODE_ENV: "production" } },
);

child.on("exit", (code, signal) => {
  const skipped = readFileSync(report, "utf8")
    .split("\n")
    .flatMap(
      (line) =>
        line
          .match(/^\s*ok \d+ - (.*?) # SKIP ?(.*)$/)
          ?.slice(1, 3)
          .join(": ") ?? [],
    );
  rmSync(report, { force: true });
  for (const line of skipped) console.log(`skipped: ${line}`);
  if (skipped.length > 0 && process.env.BUILDTOP_TEST_ALL === "1") {
    console.error(`${skipped.length} tests were skipped, and BUILDTOP_TEST_ALL=1 allows none.`);
    process.exit(1);
  }
  process.exit(signal ? 1 : (code ?? 1));
});
