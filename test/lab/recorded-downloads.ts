/** Cases that download: from a binary cache that is well, slow, broken or away, and by Nix' own fetchers. */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Case, internalJson, type Scene } from "./scene.ts";

const rate = 1_000_000;

export const recordedDownloads: readonly Case[] = [
  {
    name: "substitute-file",
    note: "Six paths from a cache in a directory.",
    record: (scene) => scene.substitute("all", `file://${scene.cache.inside}`, { args: [] }),
  },
  {
    name: "substitute-http",
    note: "Six paths over HTTP at 1 MB/s a request, then one derivation is built on top.",
    record: (scene) => scene.serving({ bytesPerSecond: rate }, (url) => scene.substitute("app", url)),
  },
  {
    name: "substitute-broken",
    note: "One archive of the cache stops half way, each time: Nix retries and then gives up.",
    record: (scene) => broken(scene, []),
  },
  {
    name: "substitute-fallback",
    note: "substitute-broken with --fallback: what cannot be downloaded is built.",
    record: (scene) => broken(scene, ["--fallback"]),
  },
  {
    name: "cache-down",
    note: "Nothing listens at the cache's address: a warning, and all is built.",
    record: (scene) => scene.substitute("app", "http://127.0.0.1:9"),
  },
  {
    name: "fetch",
    note: "Nix' own fetcher downloads 2 MB at 1 MB/s for a derivation; it succeeds.",
    record: (scene) => fetchFixed(scene, "fetchRight", "file-to-fetch", true),
  },
  {
    name: "fetch-wrong",
    note: "fetch with a wrong hash: it fails after the download.",
    record: (scene) => fetchFixed(scene, "fetchWrong", "file-to-fetch", false),
  },
  {
    name: "fetch-404",
    note: "The file to be fetched does not exist.",
    record: (scene) => fetchFixed(scene, "fetchRight", "no-such-file", false),
  },
  {
    name: "fetch-at-eval",
    note: "Evaluation itself downloads a file of 2 MB at 1 MB/s (builtins.fetchurl).",
    record: (scene) =>
      scene.serving({ bytesPerSecond: rate }, async (url) => {
        await scene.lab.output(["rm", "-rf", "/home/dev/.cache/nix"]);
        const expression = `builtins.fetchurl "${url}/file-to-fetch"`;
        await scene.record(["nix", "eval", "--impure", "--expr", expression, ...internalJson]);
      }),
  },
  {
    name: "flake",
    note: "A flake that is a tarball behind HTTP: fetched, unpacked, copied to the store, evaluated, built.",
    record: buildFlake,
  },
];

async function broken(scene: Scene, options: string[]): Promise<void> {
  await scene.publish();
  await scene.serving({ broken: scene.archiveOf("blob-3") }, (url) =>
    scene.substitute("app", url, { options: ["--option", "download-attempts", "2", ...options] }),
  );
}

async function fetchFixed(scene: Scene, attribute: string, path: string, succeeds: boolean): Promise<void> {
  await scene.serving({ bytesPerSecond: rate }, async (url) => {
    const stamp = scene.lab.stamp();
    const hash = await scene.lab.output([
      "nix",
      "hash",
      "file",
      "--type",
      "sha256",
      "--base32",
      `${scene.cache.inside}/file-to-fetch`,
    ]);
    const call = `{ url = "${url}/${path}";${attribute === "fetchRight" ? ` sha256 = "${hash}";` : ""} }`;
    const expression = `(import /lab/cases/failures.nix { stamp = "${stamp}"; }).${attribute} ${call}`;
    const wanted = await scene.instantiate(["-E", expression]);
    const fails = succeeds ? [] : [`fetched-${stamp}`];
    await scene.record(["nix", "build", "--impure", "--expr", expression, "--no-link", ...internalJson], {
      wanted,
      fails,
    });
  });
}

async function buildFlake(scene: Scene): Promise<void> {
  const source = join(scene.lab.directory, "tmp/flake");
  rmSync(source, { recursive: true, force: true });
  mkdirSync(join(source, "bin"), { recursive: true });
  copyFileSync(join(scene.lab.root, "opt/lab-tools/bin/busybox"), join(source, "bin/sh"));
  const script = `echo building ${scene.lab.stamp()}; sleep 1; echo ok >$out`;
  writeFileSync(
    join(source, "flake.nix"),
    `{ outputs = { self }: { packages.x86_64-linux.default = derivation { name = "from-flake"; system = "x86_64-linux";
         builder = "\${./bin}/sh"; args = [ "-c" "${script}" ]; }; }; }`,
  );
  await scene.publish();
  execFileSync("tar", ["-C", dirname(source), "-czf", join(scene.cache.here, "flake.tar.gz"), "flake"]);
  await scene.serving({ bytesPerSecond: rate }, async (url) => {
    await scene.lab.output(["rm", "-rf", "/home/dev/.cache/nix"]);
    const flake = `${url}/flake.tar.gz`;
    const attribute = `${flake}#packages.x86_64-linux.default.drvPath`;
    const wanted = async () => [await scene.lab.output(["nix", "eval", "--raw", attribute])];
    await scene.record(["nix", "build", flake, "--no-link", ...internalJson], { wanted });
  });
}
