import type { BuilderKind } from "./types.ts";

/** Builders that are a VM on their machine which stays up, as opposed to one for each build, a container, another machine. */
export const vmKinds: ReadonlySet<BuilderKind> = new Set<BuilderKind>([
  "linux-builder",
  "linux-builder-vz",
  "linux-builder-manual",
  "darwin-builder",
  "determinate-vm-builder",
  "rosetta-builder",
  "virby",
  "macos-builder",
]);
