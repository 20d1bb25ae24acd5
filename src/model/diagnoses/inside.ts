/** Inside a builder: its clock, its certificates. */
import type { MachineFacts } from "../machine/facts.ts";
import { formatDuration } from "../units.ts";
import { lookOf, ofBuilder, quote, restartBuilder } from "./support.ts";
import type { Diagnosis } from "./types.ts";

/** Of TLS and make, which both look at seconds; less may come of the way that the answer took. */
const mostSkewSeconds = 5;

export const guestClockSkew: Diagnosis = {
  id: "guest-clock-skew",
  severity: "warning",
  title: "the builder's clock is wrong",
  looksAt: "`date` inside the builder against this machine's",
  find: ({ facts, status }) =>
    status.builders.flatMap((builder) => {
      const look = lookOf(facts, builder);
      const inside = look?.kind === "answers" ? look.gauges.clockSkewSeconds : null;
      if (inside === null) return [];
      const skew = inside - (status.gauges?.clockSkewSeconds ?? 0);
      if (Math.abs(skew) <= mostSkewSeconds) return [];
      const words = `${formatDuration(Math.abs(skew) * 1000)} ${skew < 0 ? "behind" : "ahead of"} this machine`;
      return [
        ofBuilder(
          builder,
          [quote(`date in ${builder.name}`, words)],
          'Its clock stood still while the Mac slept: downloads fail (certificates "not yet valid"), make sees "clock skew".',
          [restartBuilder(builder, `restart ${builder.name}, which sets its clock`)],
        ),
      ];
    }),
};

/** Where QEMU takes the certificates from that the guest sees in /etc/ssl/certs. */
const certificates = /-virtfs local,path=([A-Za-z0-9_@%+=:./-]{1,300}),(?:\S*,)?mount_tag=certs\b/;

function certificatesPath(facts: MachineFacts, pid: number | undefined): string | null {
  const process = facts.processes.find((each) => each.pid === pid);
  return certificates.exec(process?.args ?? "")?.[1] ?? null;
}

export const guestCertificatesMissing: Diagnosis = {
  id: "guest-certificates-missing",
  severity: "error",
  title: "the builder has lost its certificates",
  looksAt: "the directory that QEMU shares with the guest as /etc/ssl/certs",
  asks: (facts) =>
    facts.qemuMachines.flatMap(({ pid }) => {
      const path = certificatesPath(facts, pid);
      return path === null ? [] : [{ request: `stat ${parentOf(path)} ${path}`, everySeconds: 120 }];
    }),
  find: ({ facts, status }) =>
    status.builders.flatMap((builder) => {
      const port = builder.guest?.addressPort;
      const qemu = facts.qemuMachines.find(({ forwards }) =>
        forwards.some(({ hostPort }) => hostPort === port),
      );
      const path = certificatesPath(facts, qemu?.pid);
      if (port === undefined || path === null || facts.stat(path) !== null) return [];
      // Its neighbour, the image of the store, is in use and so not cleaned up: where all is gone, we look at another place.
      if (!facts.stat(parentOf(path))) return [];
      return [
        ofBuilder(
          builder,
          [quote(`stat ${path}`, "no such directory"), quote("ps", `QEMU shares ${path} as mount_tag=certs`)],
          "macOS has cleaned up the temporary directory that its certificates are shared from: every download in it fails.",
          [
            restartBuilder(builder, `restart ${builder.name}, which makes the directory anew`),
            { title: "and update nix-darwin, which since 2023-10 keeps it out of /tmp", commands: [] },
          ],
        ),
      ];
    }),
};

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}
