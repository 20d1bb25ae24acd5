/** Every diagnosis. Adding one is an entry here, its fixtures, and `node --import tsx test/support/write-diagnoses.ts`. */
import { builderUriInventedSyntax, builderUriWrongPort } from "./addresses.ts";
import {
  builderBootstrapLoop,
  buildTimedOut,
  featuresMissing,
  hashMismatch,
  rebuildNeverRemote,
  systemNotServed,
} from "./builds.ts";
import {
  daemonDown,
  determinateDaemonOffline,
  postBuildHookHung,
  restartNeeded,
  userNotTrusted,
} from "./daemon.ts";
import {
  experimentalFeatureOff,
  fixedOutputStalled,
  nativeBuilderNotAvailable,
  nativeBuilderNotGranted,
  nativeCpuCount,
  nixCustomConfConflict,
  virtiofsPermission,
} from "./determinate.ts";
import {
  builderDiskFull,
  builderMemorySmall,
  builderOneCore,
  builderOutOfMemory,
  diskSizeNotApplied,
  hostDiskFull,
} from "./disk-and-memory.ts";
import {
  builderPortTaken,
  diskImageWrongFormat,
  qemuSmeCrash,
  rosettaMissing,
  virbyNoIp,
} from "./failing-starts.ts";
import { guestCertificatesMissing, guestClockSkew } from "./inside.ts";
import { builderKeyMismatch, builderKeyPermissions, keyInStore } from "./keys.ts";
import {
  backgroundItemDisabled,
  launchctlBootstrapFailed,
  launchdCannotStartJob,
  launchdThrottled,
} from "./launchd.ts";
import {
  machinesDropped,
  nixDarwinNixDisabled,
  noBuilderConfigured,
  noNix,
  noUsableBuilder,
} from "./no-builder.ts";
import { notTrustedByBuilder, remotePathLacksNix } from "./other-side.ts";
import {
  builderNotRunning,
  builderOnLan,
  builderWedged,
  onDemandFirstBuild,
  rosettaBuildHung,
  uploadLockStuck,
  vmHungAfterWake,
} from "./running.ts";
import { builderLegacy, duplicateBuilders, substitutesOff } from "./settings.ts";
import type { Diagnosis } from "./types.ts";
import {
  hostKeyUnverified,
  localhostUnresolvable,
  sshAliasMissing,
  sshConnectionFailed,
  tooManyAgentKeys,
} from "./way-to-builder.ts";

export interface DiagnosisGroup {
  readonly title: string;
  readonly diagnoses: readonly Diagnosis[];
}

/** In the order in which they are told, where they are equally severe. */
export const diagnosisGroups: readonly DiagnosisGroup[] = [
  {
    title: "Nix and its daemon",
    diagnoses: [
      ...[noNix, daemonDown, determinateDaemonOffline, restartNeeded, postBuildHookHung, userNotTrusted],
      nixCustomConfConflict,
    ],
  },
  {
    title: "No builder",
    diagnoses: [noBuilderConfigured, noUsableBuilder, nixDarwinNixDisabled, machinesDropped],
  },
  {
    title: "Determinate's native builder",
    diagnoses: [
      ...[nativeBuilderNotAvailable, nativeBuilderNotGranted, experimentalFeatureOff, virtiofsPermission],
      ...[fixedOutputStalled, nativeCpuCount],
    ],
  },
  {
    title: "The builder does not start",
    diagnoses: [
      ...[backgroundItemDisabled, launchdCannotStartJob, qemuSmeCrash, builderPortTaken, rosettaMissing],
      ...[diskImageWrongFormat, virbyNoIp, launchdThrottled, builderNotRunning, launchctlBootstrapFailed],
    ],
  },
  {
    title: "The way to the builder",
    diagnoses: [
      ...[
        builderUriInventedSyntax,
        builderUriWrongPort,
        sshAliasMissing,
        localhostUnresolvable,
        hostKeyUnverified,
      ],
      ...[
        builderKeyPermissions,
        builderKeyMismatch,
        tooManyAgentKeys,
        remotePathLacksNix,
        notTrustedByBuilder,
      ],
      ...[sshConnectionFailed, onDemandFirstBuild, uploadLockStuck],
    ],
  },
  {
    title: "Inside the builder",
    diagnoses: [
      ...[vmHungAfterWake, builderWedged, rosettaBuildHung, guestClockSkew, guestCertificatesMissing],
      ...[builderDiskFull, diskSizeNotApplied, builderOutOfMemory, builderMemorySmall, builderOneCore],
    ],
  },
  {
    title: "Settings and surroundings",
    diagnoses: [duplicateBuilders, substitutesOff, hostDiskFull, keyInStore, builderOnLan, builderLegacy],
  },
  {
    title: "The build itself",
    diagnoses: [
      ...[featuresMissing, systemNotServed, builderBootstrapLoop, hashMismatch, buildTimedOut],
      rebuildNeverRemote,
    ],
  },
];

export const allDiagnoses: readonly Diagnosis[] = diagnosisGroups.flatMap(({ diagnoses }) => diagnoses);

const titles = new Map(allDiagnoses.map(({ id, title }) => [id, title]));

/** In words; the id itself for one that is not of this table. */
export function titleOfDiagnosis(id: string): string {
  return titles.get(id) ?? id;
}
