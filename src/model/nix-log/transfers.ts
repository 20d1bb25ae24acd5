import { cleanText } from "../text/clean.ts";
import { Activity } from "./numbers.ts";
import { TransferRecord } from "./records.ts";
import type { StartRecord } from "./start-record.ts";
import { isLocalStore, storePathName } from "./store-path.ts";
import type { Entry, StreamState } from "./stream-state.ts";

/**
 * Paths and files that travel. Nix tells of one download in three activities: Substitute, inside it CopyPath (unpacked
 * bytes), inside that FileTransfer (compressed bytes). They become one transfer, as in Nix's own progress bar
 * (NixOS/nix `src/libmain/progress-bar.cc`); requests for information about paths become none.
 */
export class TransferTracker {
  private readonly stream: StreamState;
  /** Open transfers by store path: Nix <= 2.17 does not say which activity is inside which. */
  private readonly byPath = new Map<string, TransferRecord>();

  constructor(stream: StreamState) {
    this.stream = stream;
  }

  start(entry: Entry, start: StartRecord): void {
    const first = start.field(0);
    if (entry.type === Activity.fileTransfer) {
      this.startFile(entry, first, start.textStartsWith("uploading"));
      return;
    }
    const source = start.field(1);
    const destination = start.field(2);
    const inside = entry.parent?.transfer ?? this.byPath.get(first) ?? null;
    if (inside !== null) {
      this.join(entry, inside);
      return;
    }
    const here = isLocalStore(source) && !isLocalStore(destination);
    const direction =
      entry.type === Activity.substitute || !here ? (isLocalStore(source) ? "copy" : "download") : "upload";
    const transfer = this.open(entry, first, storePathName(first), direction, here ? destination : source);
    this.byPath.set(first, transfer);
    entry.session.active = true;
  }

  progress(entry: Entry): void {
    const transfer = entry.transfer;
    if (transfer === null) {
      // builtin:fetchurl: the download is the build.
      if (entry.attempt !== null && entry.type === Activity.fileTransfer) {
        entry.attempt.derivation.transfer = { done: entry.done, expected: entry.expected };
        this.stream.model.changed();
      }
      return;
    }
    if (entry.type === Activity.copyPath) {
      transfer.unpackedBytes = Math.max(transfer.unpackedBytes, entry.expected);
      transfer.unpackedDone = entry.done;
      if (transfer.compressed) return;
    }
    this.stream.model.transferBytes(transfer, entry.done, entry.expected, this.stream.now);
    if (transfer.of !== null) transfer.of.transfer = { ...transfer.progress };
  }

  stopped(entry: Entry): void {
    const transfer = entry.transfer;
    if (transfer === null || --transfer.openActivities > 0) return;
    if (this.byPath.get(transfer.path) === transfer) this.byPath.delete(transfer.path);
    if (transfer.of !== null) transfer.of.transfer = null;
    this.stream.model.closeTransfer(transfer, this.stream.now);
  }

  private startFile(entry: Entry, uri: string, upload: boolean): void {
    const parent = entry.parent;
    if (parent?.type === Activity.queryPathInfo || /\.narinfo$|\/nix-cache-info$/.test(uri)) return;
    if (parent?.attempt) {
      entry.attempt = parent.attempt;
      return;
    }
    const inside = parent?.transfer ?? this.withoutFile(uri);
    if (inside !== null) {
      inside.compressed = true;
      inside.progress.done = 0;
      inside.progress.expected = 0;
      this.join(entry, inside);
      return;
    }
    const name =
      cleanText(
        decodeURIComponentSafely(
          uri
            .replace(/[?#].*$/, "")
            .replace(/\/+$/, "")
            .split("/")
            .at(-1) ?? uri,
        ),
      ) || "file";
    this.open(entry, uri, name, upload ? "upload" : "download", uri);
    entry.session.active = true;
  }

  /** Without parents in the stream: the newest open copy from that cache that has no file yet. */
  private withoutFile(uri: string): TransferRecord | null {
    if (!uri.includes("/nar/")) return null;
    let found: TransferRecord | null = null;
    for (const transfer of this.byPath.values()) {
      if (
        !transfer.compressed &&
        transfer.peerUri !== "" &&
        uri.startsWith(transfer.peerUri.replace(/\?.*$/, ""))
      )
        found = transfer;
    }
    return found;
  }

  private open(
    entry: Entry,
    path: string,
    name: string,
    direction: "download" | "upload" | "copy",
    peerUri: string,
  ): TransferRecord {
    const key = `transfer:${entry.session.id}:${entry.id}`;
    const transfer = new TransferRecord(
      key,
      path,
      name,
      direction,
      peerUri,
      entry.session.id,
      this.stream.now,
    );
    this.join(entry, transfer);
    this.tieToBuild(transfer);
    this.stream.model.openTransfer(transfer);
    return transfer;
  }

  private join(entry: Entry, transfer: TransferRecord): void {
    entry.transfer = transfer;
    transfer.openActivities++;
    if (entry.type !== Activity.substitute) transfer.copied = true;
  }

  /** Outputs coming back from a builder belong to the build whose name they carry. */
  private tieToBuild(transfer: TransferRecord): void {
    const stage = transfer.direction === "upload" ? "uploading" : "downloading";
    const builds = this.stream.builds.remotes.inStage(transfer.peerUri, stage);
    const own =
      stage === "downloading"
        ? builds.find((each) => transfer.name === each.name || transfer.name.startsWith(`${each.name}-`))
        : builds.length === 1
          ? builds[0]
          : undefined;
    if (own !== undefined) transfer.of = own;
  }
}

function decodeURIComponentSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
