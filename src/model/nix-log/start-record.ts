import { cleanText } from "../text/clean.ts";
import type { Id } from "./ids.ts";

/** A `start` record, valid only during the call that brings it. */
export interface StartRecord {
  readonly id: Id;
  readonly type: number;
  /** 0 = none; `null`: the record has no such key (Nix <= 2.17). */
  readonly parentId: Id | null;
  readonly text: string;
  textStartsWith(word: string): boolean;
  /** The field of that number, cleaned; "" if there is none or it is no string. */
  field(n: number): string;
  /** Where that field stands in a block as plain ASCII, if it does: then no string of it need be made. */
  readonly block: Buffer | null;
  fieldStart(n: number): number;
  fieldEnd(n: number): number;
}

/** One that went through `JSON.parse`. */
export class ParsedStart implements StartRecord {
  readonly id: Id;
  readonly type: number;
  readonly parentId: Id | null;
  readonly text: string;
  readonly block = null;
  private readonly fields: readonly unknown[];

  constructor(id: Id, type: number, parentId: Id | null, record: Record<string, unknown>) {
    this.id = id;
    this.type = type;
    this.parentId = parentId;
    this.text = typeof record.text === "string" ? record.text : "";
    this.fields = Array.isArray(record.fields) ? record.fields : [];
  }

  textStartsWith(word: string): boolean {
    return this.text.startsWith(word);
  }

  field(n: number): string {
    const value = this.fields[n];
    return typeof value === "string" ? cleanText(value) : "";
  }

  fieldStart(): number {
    return 0;
  }

  fieldEnd(): number {
    return 0;
  }
}

/** Fields that anybody asks for: a path, a store, another store. */
const MOST_FIELDS = 3;

/** One as it stands in a block; used again for the next record. */
export class ScannedStart implements StartRecord {
  id: Id = 0;
  type = 0;
  parentId: Id = 0;
  block: Buffer = Buffer.alloc(0);
  textStart = 0;
  textEnd = 0;
  private fields = 0;
  private readonly starts = new Array<number>(MOST_FIELDS).fill(0);
  private readonly ends = new Array<number>(MOST_FIELDS).fill(0);

  begin(block: Buffer): void {
    this.block = block;
    this.fields = 0;
  }

  /** The next field; of one that is no string, both offsets are 0. */
  addField(start: number, end: number): void {
    if (this.fields === MOST_FIELDS) return;
    this.starts[this.fields] = start;
    this.ends[this.fields++] = end;
  }

  get text(): string {
    return this.textStart === this.textEnd ? "" : this.block.toString("latin1", this.textStart, this.textEnd);
  }

  textStartsWith(word: string): boolean {
    if (this.textEnd - this.textStart < word.length) return false;
    for (let n = 0; n < word.length; n++)
      if (this.block[this.textStart + n] !== word.charCodeAt(n)) return false;
    return true;
  }

  field(n: number): string {
    const end = this.fieldEnd(n);
    const start = this.fieldStart(n);
    return start === end ? "" : this.block.toString("latin1", start, end);
  }

  fieldStart(n: number): number {
    return n < this.fields ? this.starts[n]! : 0;
  }

  fieldEnd(n: number): number {
    return n < this.fields ? this.ends[n]! : 0;
  }
}
