import type { ItemModel } from './models.js';

/** One side of a comparison, on a database of its own. */
export interface Contender {
  /** Puts the database back to where a batch begins; not timed. */
  prepare?(): void;
  /** The work itself; the number says which of a batch's calls this is. What it returns is compared with raw's. */
  call(index: number): unknown;
  /** What is compared instead, where a call keeps nothing that it read. */
  answer?(index: number): unknown;
  close(): void;
}

/** Something that programs do to a database, in two ways. */
export interface Workload {
  readonly name: string;
  /** At most how much of raw's time it may take; `undefined` where the row is only there to be seen. */
  readonly goal: number | undefined;
  /** How many items the table has. */
  readonly rows: number;
  /** How many calls are timed as one batch, with a single look at the clock before and behind. */
  readonly calls: number;
  /** How many operations one call is, where a time is told for each of them. */
  readonly operations?: number;
  /** How the models of this row are compiled. */
  readonly compiled?: 'legacy' | 'esbuild';
  raw(path: string): Contender;
  ours(path: string, Item: ItemModel): Contender;
}
