/**
 * Makes the pictures in docs/pictures: the dashboard over a real `nix build` in the lab, half of it on a remote builder
 * over SSH; and builders, doctor and settings over the machines of the demonstration, as no Mac is at hand. Needs root on
 * Debian, tmux, chromium and fonts-jetbrains-mono.
 *
 *   npm run pictures
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLab } from "../support/lab.ts";
import { nixBuild } from "../support/lab-buildtop.ts";
import { LabTerminal } from "../support/lab-terminal.ts";
import { cell, type Palette, page, palettes } from "./page.ts";

const directory = new URL("../../docs/pictures/", import.meta.url).pathname;
const builder = "'ssh-ng://lab-builder x86_64-linux /etc/nix/builder_ed25519 2 1 - -'";

const lab = await openLab("forky");
try {
  for (const [columns, rows] of [
    [80, 24],
    [120, 36],
    [200, 60],
  ] as const) {
    const terminal = await LabTerminal.open(lab, columns, rows);
    const build = nixBuild(
      "fail",
      "all",
      lab.stamp(),
      "--keep-going",
      "--max-jobs",
      "2",
      "--builders",
      builder,
    );
    terminal.type(`buildtop run -- ${build.join(" ")}`);
    await terminal.shows(/broken-0\.9[\s\S]*exit code 2/, 60_000);
    await terminal.shows(/long-\d[\s\S]*buildPhase/, 60_000);
    pictures(`dashboard-${columns}x${rows}`, terminal);
    terminal.press("C-c");
    terminal.close();

    const demo = await LabTerminal.open(lab, columns, rows);
    demo.type("buildtop --demo");
    await demo.shows(/linux-builder[\s\S]*openssl-3\.4\.0[\s\S]*checkPhase/, 60_000);
    pictures(`builders-${columns}x${rows}`, demo);
    demo.press("d");
    await demo.shows(/Doctor[\s\S]*proof/);
    pictures(`doctor-${columns}x${rows}`, demo);
    demo.press("Escape");
    // Escape and a letter at once would be Alt and that letter.
    await demo.shows(/╭ Builds /);
    demo.press("e");
    await demo.shows(/Settings[\s\S]*max-jobs/);
    pictures(`settings-${columns}x${rows}`, demo);
    demo.press("C-c");
    demo.close();
  }
} finally {
  await lab.close();
}

function pictures(name: string, terminal: LabTerminal): void {
  const screen = terminal.colouredScreen();
  for (const [look, palette] of Object.entries(palettes)) picture(`${name}-${look}`, screen, palette);
}

function picture(name: string, screen: readonly string[], palette: Palette): void {
  const work = mkdtempSync(join(tmpdir(), "buildtop-picture-"));
  const html = join(work, "page.html");
  writeFileSync(html, page(screen, palette));
  const columns = Math.max(...screen.map((row) => [...row.replace(/\x1b\[[\d;]*m/g, "")].length));
  const size = `${columns * cell.width + 18},${screen.length * cell.height + 16}`;
  const options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"];
  execFileSync(
    "chromium",
    [
      ...options,
      "--disable-background-networking",
      `--user-data-dir=${join(work, "profile")}`,
      `--window-size=${size}`,
      `--screenshot=${join(directory, `${name}.png`)}`,
      `file://${html}`,
    ],
    { stdio: "ignore", timeout: 60_000 },
  );
  rmSync(work, { recursive: true, force: true });
  console.log(`${name}.png`);
}
