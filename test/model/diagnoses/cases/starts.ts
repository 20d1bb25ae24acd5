import { changed, failure, job, ps } from "../../../support/facts.ts";
import {
  builderJob,
  daemonRow,
  linuxBuilder,
  qemuRow,
  virby,
  vzBuilder,
} from "../../../support/macs-of-facts.ts";
import type { DiagnosisCase } from "./types.ts";

const looping = { state: "spawn scheduled", runs: "57" };
const aborted = { ...looping, "last terminating signal": "Abort trap: 6" };
const virbyLoop = (log: string) =>
  changed(virby, {
    ...job("org.nixos.virbyd", { ...looping, "last exit code": "1" }),
    "tail /tmp/virbyd.log": log,
    listeners: "",
  });
const vzLoop = (change: Parameters<typeof changed>[1]) =>
  changed(
    vzBuilder,
    {
      processes: ps(daemonRow),
      listeners: "",
      ...job("org.nixos.linux-builder", {
        ...looping,
        "working directory": "/var/lib/linux-builder",
        "last exit code": "69",
      }),
      ...change,
    },
    { guests: {}, stores: {} },
  );
const rosetta = "stat /Library/Apple/usr/libexec/oah";
const head = "head /var/lib/linux-builder/nixos.qcow2";
const qcow2 =
  " 51 46 49 fb 00 00 00 03 00 00 00 00 00 00 00 00\n 00 00 00 10 00 00 00 00 00 00 00 05 00 00 00 00\n";
const raw =
  " 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00\n 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00\n";
const other = qemuRow({ pid: 5140, parent: 1, directory: "/Users/ada" });

export const cases: DiagnosisCase[] = [
  {
    id: "background-item-disabled",
    when: "launchctl disable holds",
    told: builderJob(null, {
      disabled: '\tdisabled services = {\n\t\t"org.nixos.linux-builder" => disabled\n\t}\n',
    }),
    butNot: "the job is just not loaded",
    near: builderJob(null),
  },
  {
    id: "background-item-disabled",
    when: "its switch in Login Items is off",
    told: builderJob(null, {
      "background-items":
        " #1:\n  Disposition: [enabled, disallowed, notified]\n  URL: file:///Library/LaunchDaemons/org.nixos.linux-builder.plist\n",
    }),
    butNot: "the switch of another is",
    near: builderJob(null, {
      "background-items":
        " #1:\n  Disposition: [enabled, disallowed, notified]\n  URL: file:///Library/LaunchDaemons/com.example.plist\n",
    }),
  },
  {
    id: "launchd-cannot-start-job",
    when: "launchd says EX_CONFIG",
    told: builderJob({
      ...looping,
      "last exit code": "78: EX_CONFIG",
      "job state": "spawn failed",
      "stderr path": "/Volumes/logs/b.log",
    }),
    butNot: "the program itself failed",
    near: builderJob({ ...looping, "last exit code": "1" }),
  },
  {
    id: "qemu-sme-crash",
    when: "QEMU aborts on an M4",
    told: builderJob(aborted),
    butNot: "it aborts on an M2, where that fault is not known",
    near: builderJob(aborted, {
      machine: (linuxBuilder.answers.machine as string).replace("Apple M4", "Apple M2"),
    }),
  },
  {
    id: "qemu-sme-crash",
    when: "its log names the property",
    told: builderJob(
      { ...looping, "last exit code": "134", "stderr path": "/var/log/linux-builder.log" },
      { "tail /var/log/linux-builder.log": "qemu-system-aarch64: Property 'max-arm-cpu.sme' not found\n" },
    ),
    butNot: "it was ended by somebody",
    near: builderJob({ state: "not running", runs: "2", "last terminating signal": "Terminated: 15" }),
  },
  {
    id: "builder-port-taken",
    when: "another QEMU forwards its port",
    told: builderJob(
      { ...looping, "last exit code": "1" },
      { processes: ps(daemonRow, other), listeners: linuxBuilder.answers.listeners ?? null },
    ),
    butNot: "nobody listens there",
    near: builderJob({ ...looping, "last exit code": "1" }),
  },
  {
    id: "rosetta-missing",
    when: "vzvm ends with 69 and there is no Rosetta",
    told: vzLoop({ [rosetta]: "" }),
    butNot: "Rosetta is there, and the disk is at fault",
    near: vzLoop({ [head]: qcow2 }),
  },
  {
    id: "disk-image-wrong-format",
    when: "a qcow2 image was left for vzvm",
    told: vzLoop({ [head]: qcow2 }),
    butNot: "the image is raw",
    near: vzLoop({ [head]: raw, [rosetta]: "" }),
  },
  {
    id: "virby-no-ip",
    when: "its log says that no address was found",
    told: virbyLoop('level=ERROR msg="Failed to discover VM IP within 60 seconds"\n'),
    butNot: "its log says something else",
    near: virbyLoop('level=ERROR msg="vfkit exited"\n'),
  },
  {
    id: "launchd-throttled",
    when: "it ends again and again, and nobody knows why",
    told: builderJob({ ...looping, "last exit code": "1" }),
    butNot: "the reason is known",
    near: builderJob(aborted),
  },
  {
    id: "builder-not-running",
    when: "its job was booted out",
    told: builderJob(null),
    butNot: "it sleeps until a build asks for it",
    near: virby,
  },
  {
    id: "launchctl-bootstrap-failed",
    when: "a command said error 5",
    told: {
      ...linuxBuilder,
      failures: [failure("Bootstrap failed: 5: Input/output error", { name: "launchctl bootstrap" })],
    },
    butNot: "a build had an input/output error of its own",
    near: {
      ...linuxBuilder,
      failures: [failure("builder failed with exit code 1", { logTail: ["tar: read: Input/output error"] })],
    },
  },
];
