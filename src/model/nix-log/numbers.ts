/**
 * The numbers of Nix's activity stream and their meaning.
 *
 * Source: `ActivityType` and `ResultType` in NixOS/nix `src/libutil/include/nix/util/logging.hh`; 113 and the upstream
 * meaning of result 109 since 2.36-dev; result 109 and 110 with a `payload` in DeterminateSystems/nix-src.
 */

export const Activity = {
  unknown: 0,
  copyPath: 100,
  fileTransfer: 101,
  realise: 102,
  copyPaths: 103,
  builds: 104,
  build: 105,
  optimiseStore: 106,
  verifyPaths: 107,
  substitute: 108,
  queryPathInfo: 109,
  postBuildHook: 110,
  buildWaiting: 111,
  fetchTree: 112,
  fetchToStore: 113,
} as const;

export const Result = {
  fileLinked: 100,
  buildLogLine: 101,
  untrustedPath: 102,
  corruptedPath: 103,
  setPhase: 104,
  progress: 105,
  setExpected: 106,
  postBuildLogLine: 107,
  fetchStatus: 108,
  /** Upstream: FetchToStore (`fields`). Determinate: HashMismatch (`payload`). Told apart by the key, never by the number. */
  fetchToStoreOrHashMismatch: 109,
  /** Determinate: BuildResult (`payload`). */
  buildResult: 110,
} as const;

const knownActivities: ReadonlySet<number> = new Set(Object.values(Activity));
const knownResults: ReadonlySet<number> = new Set(Object.values(Result));

export const isKnownActivity = (type: number): boolean => knownActivities.has(type);
export const isKnownResult = (type: number): boolean => knownResults.has(type);
