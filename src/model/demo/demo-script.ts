/**
 * What happens in the demonstration: an ordinary rebuild with a builder VM, downloads, and one build that fails.
 * Times are seconds after the start. The packages exist; the session is made up.
 */

export interface DemoBuild {
  name: string;
  /** Store URI of the machine, "" = here. */
  host: string;
  startsAt: number;
  /** Each phase with its length in seconds. */
  phases: readonly (readonly [phase: string, seconds: number])[];
  /** Lines it prints, over and over; `N` in them counts up. */
  says: readonly string[];
  linesPerSecond: number;
  /** The last lines and the exit code of a build that fails. */
  fails?: { exitCode: number; lastLines: readonly string[] };
}

export interface DemoDownload {
  name: string;
  startsAt: number;
  seconds: number;
  /** Compressed bytes, and unpacked ones. */
  bytes: number;
  unpackedBytes: number;
}

const vm = "ssh-ng://builder@linux-builder";
const mebibyte = 1024 * 1024;
const compiling = ["  CC      lib/part-N.o", "  CC      lib/table-N.o", "  AR      lib/lib-N.a"];

export const demoBuilds: readonly DemoBuild[] = [
  {
    ...{ name: "linux-6.12.3", host: vm, startsAt: 9, linesPerSecond: 14 },
    phases: [
      ["unpackPhase", 6],
      ["configurePhase", 8],
      ["buildPhase", 96],
      ["installPhase", 9],
    ],
    says: [
      "  CC      drivers/net/ethernet/intel/e1000/part-N.o",
      "  CC [M]  fs/btrfs/inode-N.o",
      "  LD [M]  sound/core/snd-N.ko",
    ],
  },
  {
    ...{
      name: "openssl-3.4.0",
      host: vm,
      startsAt: 10,
      linesPerSecond: 9,
      says: ["gcc -O2 -c crypto/evp/cipher-N.c", "../test/recipes/N-test_rand.t ... ok"],
    },
    phases: [
      ["unpackPhase", 1],
      ["configurePhase", 3],
      ["buildPhase", 15],
      ["checkPhase", 12],
    ],
    fails: {
      exitCode: 2,
      lastLines: [
        "../test/recipes/80-test_ssl_new.t .... Dubious, test returned 1",
        "Failed 1/30 subtests",
        "Result: FAIL",
        "make: *** [Makefile:3742: run_tests] Error 1",
      ],
    },
  },
  {
    ...{
      name: "systemd-257",
      host: vm,
      startsAt: 22,
      linesPerSecond: 11,
      says: ["[N/2412] Compiling C object src/shared/libsystemd-shared-257.a.p/part-N.c.o"],
    },
    phases: [
      ["unpackPhase", 1],
      ["patchPhase", 2],
      ["configurePhase", 11],
      ["buildPhase", 44],
      ["installPhase", 6],
    ],
  },
  {
    ...{
      name: "nginx-1.27.3",
      host: "",
      startsAt: 12,
      linesPerSecond: 6,
      says: ["cc -c -pipe -O -o objs/src/http/ngx_http_N.o"],
    },
    phases: [
      ["unpackPhase", 1],
      ["configurePhase", 6],
      ["buildPhase", 17],
      ["installPhase", 2],
    ],
  },
  {
    ...{
      name: "postgresql-17.2",
      host: vm,
      startsAt: 42,
      linesPerSecond: 9,
      says: ["gcc -O2 -o backend/parser/gram-N.o", "ok N - regress"],
    },
    phases: [
      ["unpackPhase", 2],
      ["configurePhase", 9],
      ["buildPhase", 38],
      ["checkPhase", 26],
      ["installPhase", 4],
    ],
  },
  {
    ...{
      name: "home-manager-path",
      host: "",
      startsAt: 40,
      linesPerSecond: 2,
      says: ["created N symlinks in user environment"],
    },
    phases: [["buildPhase", 5]],
  },
  {
    ...{ name: "initrd-linux-6.12.3", host: vm, startsAt: 130, linesPerSecond: 5, says: compiling },
    phases: [["buildPhase", 11]],
  },
];

/** Planned, but not built for want of openssl. */
export const demoDependents: readonly string[] = ["curl-8.11.1", "git-2.47.1", "nixos-system-studio-25.05"];

export const demoDownloads: readonly DemoDownload[] = [
  { name: "gcc-14.2.0", startsAt: 2, seconds: 9, bytes: 62 * mebibyte, unpackedBytes: 248 * mebibyte },
  { name: "glibc-2.40", startsAt: 2, seconds: 3, bytes: 8 * mebibyte, unpackedBytes: 31 * mebibyte },
  { name: "python3-3.13.1", startsAt: 3, seconds: 5, bytes: 21 * mebibyte, unpackedBytes: 118 * mebibyte },
  { name: "perl-5.40.0", startsAt: 4, seconds: 4, bytes: 13 * mebibyte, unpackedBytes: 61 * mebibyte },
  {
    name: "linux-6.12.3.tar.xz",
    startsAt: 4,
    seconds: 5,
    bytes: 141 * mebibyte,
    unpackedBytes: 141 * mebibyte,
  },
  {
    name: "llvm-19.1.5-lib",
    startsAt: 24,
    seconds: 34,
    bytes: 121 * mebibyte,
    unpackedBytes: 512 * mebibyte,
  },
];
