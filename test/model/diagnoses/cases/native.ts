import { changed, failure, ps } from "../../../support/facts.ts";
import {
  config,
  linuxBuilder,
  native,
  nativeConfig,
  nixdVersion,
  vmRow,
} from "../../../support/macs-of-facts.ts";
import type { DiagnosisCase } from "./types.ts";

const daemonRow = "  702     1 root    0.2  61440  3-01:00:00 /usr/local/bin/determinate-nixd daemon";
const run = (cpu: string, age: string) =>
  changed(native, {
    processes: ps(
      daemonRow,
      `  880   702 root    ${cpu}  20480    ${age} /usr/local/bin/determinate-nixd builder /private/tmp/nix-build-src.drv-0/build.json`,
      vmRow(cpu).replace("3-01:00:00", age),
      // Docker's, which is never quiet.
      vmRow("3.1").replace("541", "641"),
    ),
  });
const copying = failure("builder failed with exit code 1", {
  drv: "/nix/store/a-crate.drv",
  name: "crate",
  diagnosis: "virtiofs-permission",
  logTail: ["cp: setting permissions for 'target/x': Permission denied"],
});

export const cases: DiagnosisCase[] = [
  {
    id: "native-builder-not-available",
    when: "external-builders was written by hand and nothing is granted",
    told: changed(native, {
      "determinate-version": nixdVersion(["lazy-trees"]),
      "file /etc/nix/nix.custom.conf":
        'external-builders = [{"systems":["aarch64-linux"],"program":"/usr/local/bin/determinate-nixd","args":["builder"]}]\n',
    }),
    butNot: "it is granted",
    near: native,
  },
  {
    id: "native-builder-not-granted",
    when: "it is asked for, and nobody is logged in",
    told: changed(native, {
      "nix-config": nativeConfig({ "external-builders": [] }),
      "determinate-version": nixdVersion(["lazy-trees"]),
      "determinate-status": "Authentication: logged-out\n",
    }),
    butNot: "it is switched off in config.json",
    near: changed(native, {
      "nix-config": nativeConfig({ "external-builders": [] }),
      "determinate-version": nixdVersion(["lazy-trees"]),
      "file /etc/determinate/config.json": '{"builder":{"state":"disabled"}}',
    }),
  },
  {
    id: "experimental-feature-off",
    when: "experimental-features was replaced",
    told: changed(native, { "nix-config": nativeConfig({ "experimental-features": ["flakes"] }) }),
    butNot: "nothing needs the feature",
    near: changed(linuxBuilder, { "nix-config": config({ "external-builders": [] }) }),
  },
  {
    id: "native-cpu-count",
    when: "it was given four processors",
    told: changed(native, {
      "file /etc/determinate/config.json": '{"builder":{"state":"enabled","cpuCount":4}}',
    }),
    butNot: "it has the one that it comes with",
    near: native,
  },
  {
    id: "fixed-output-stalled",
    when: "its build and its VM have done nothing for half an hour",
    told: run("0.0", "   30:00"),
    butNot: "they work",
    near: run("96.0", "   30:00"),
  },
  {
    id: "virtiofs-permission",
    when: "cp could not set permissions in the native builder",
    told: { ...native, failures: [copying] },
    butNot: "the builder is a QEMU one, which shares nothing that way",
    near: { ...linuxBuilder, failures: [copying] },
  },
];
