/** A binary cache over HTTP on loopback, as slow and as broken as a case wants it. */
import { createReadStream, statSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join, normalize } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export interface CacheServerOptions {
  /** How fast one answer is sent; at once if it is not given. */
  bytesPerSecond?: number;
  /** Answers to paths that match end half way. */
  broken?: RegExp;
}

/** A request that was answered: the truth about what was downloaded. */
export interface Request {
  path: string;
  status: number;
  bytes: number;
}

export interface CacheServer {
  url: string;
  requests: Request[];
  close(): Promise<void>;
}

/** Serves the files of a directory until it is closed. */
export async function serveCache(directory: string, options: CacheServerOptions = {}): Promise<CacheServer> {
  const requests: Request[] = [];
  const server: Server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? "/", "http://cache").pathname));
    const entry: Request = { path, status: 200, bytes: 0 };
    requests.push(entry);
    const file = join(directory, path);
    const size = statSync(file, { throwIfNoEntry: false });
    if (!size?.isFile()) {
      entry.status = 404;
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "content-length": size.size });
    if (request.method === "HEAD") return void response.end();
    const limit = options.broken?.test(path) ? Math.floor(size.size / 2) : size.size;
    await send(file, limit, response, entry, options.bytesPerSecond).catch(() => {}); // the client went away
    if (limit < size.size) response.destroy();
    else response.end();
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

async function send(
  file: string,
  limit: number,
  response: ServerResponse,
  entry: Request,
  bytesPerSecond?: number,
) {
  if (limit === 0) return;
  for await (const chunk of createReadStream(file, { end: limit - 1, highWaterMark: 65_536 })) {
    if (response.destroyed) return;
    await new Promise<void>((sent, failed) => {
      response.write(chunk, (error) => (error ? failed(error) : sent()));
    });
    entry.bytes += chunk.length;
    if (bytesPerSecond) await sleep((chunk.length / bytesPerSecond) * 1000);
  }
}
