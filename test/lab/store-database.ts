/** What a Nix store itself says about its paths: the recordings' truth comes from here, never from a log. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { basename } from "node:path";
import { DatabaseSync } from "node:sqlite";

export interface ValidPath {
  /** Built by this store's own daemon, not copied or downloaded. */
  builtHere: boolean;
  narBytes: number;
  /** Added by somebody as a source: content-addressed and made by no derivation. */
  source: boolean;
}

/** Read-only view of one machine's /nix. */
export class StoreDatabase {
  readonly #directory: string;

  constructor(nixDirectory: string) {
    this.#directory = nixDirectory;
  }

  #query(sql: string, ...parameters: string[]): Record<string, unknown>[] {
    const file = `${this.#directory}/var/nix/db/db.sqlite`;
    if (!existsSync(file)) return [];
    const database = new DatabaseSync(file, { readOnly: true, timeout: 10_000 });
    try {
      return database.prepare(sql).all(...parameters);
    } finally {
      database.close();
    }
  }

  valid(): Map<string, ValidPath> {
    const rows = this.#query(
      `select path, coalesce(ultimate, 0) as ultimate, coalesce(narSize, 0) as size,
         ca is not null and ca <> '' and deriver is null as source from ValidPaths`,
    );
    return new Map(
      rows.map((row) => [
        String(row.path),
        { builtHere: row.ultimate === 1, narBytes: Number(row.size), source: row.source === 1 },
      ]),
    );
  }

  /** The derivations that `drv` needs to be built, itself among them. */
  closure(drv: string): string[] {
    const rows = this.#query(
      `with recursive c(id) as (
         select id from ValidPaths where path = ?
         union select reference from Refs join c on referrer = c.id)
       select path from ValidPaths natural join c where path like '%.drv'`,
      drv,
    );
    return rows.map((row) => String(row.path));
  }

  /** Derivation → the paths that it makes. */
  outputs(): Map<string, string[]> {
    const found = new Map<string, string[]>();
    const sql =
      "select v.path as drv, d.path as path from DerivationOutputs d join ValidPaths v on v.id = d.drv";
    for (const { drv, path } of this.#query(sql)) {
      found.set(String(drv), [...(found.get(String(drv)) ?? []), String(path)]);
    }
    return found;
  }

  /** Was its builder started after that time (ms since 1970)? Nix keeps a log of each that was. */
  hasLog(drv: string, since: number): boolean {
    const name = basename(drv);
    const log = `${this.#directory}/var/log/nix/drvs/${name.slice(0, 2)}/${name.slice(2)}`;
    return [log, `${log}.bz2`].some((file) => existsSync(file) && statSync(file).mtimeMs >= since);
  }

  /** When the builder of this output began and ended (s since boot), from what it wrote into the output. */
  times(path: string): { began: number; ended: number } | null {
    const file = `${this.#directory}/store/${basename(path)}`;
    if (!existsSync(file) || !statSync(file).isFile()) return null;
    const words = /^began ([\d.]+) ended ([\d.]+)$/m.exec(readFileSync(file, "latin1").slice(0, 200));
    return words ? { began: Number(words[1]), ended: Number(words[2]) } : null;
  }
}
