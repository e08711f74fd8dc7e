import {
  id,
  integer,
  Model,
  sql,
  table,
  text,
  type AsyncDatabase,
  type Generated,
  type OpenOptions,
} from 'litemodel/async';
import { open, type SqliteWasmOpenOptions } from 'litemodel/sqlite-wasm';

/* A page with a database of SQLite's own WebAssembly, which the tests drive through `lab`. */

@table('notes')
class Note extends Model {
  @id() id!: Generated<number>;
  @text() title!: string;
  @integer({ default: 0 }) n!: Generated<number>;
}

const workers = {
  own: () => new Worker(new URL('./own-worker.ts', import.meta.url), { type: 'module' }),
  withoutFiles: () => new Worker(new URL('./worker-without-files.ts', import.meta.url), { type: 'module' }),
  broken: () => new Worker(new URL('./broken-worker.ts', import.meta.url), { type: 'module' }),
  missing: () => new Worker('/nothing.js', { type: 'module' }),
};

/** What can be told over the border of the page about an error. */
export interface Failure {
  readonly name: string;
  readonly message: string;
}

const failureOf = ({ name, message }: Error): Failure => ({ name, message });

/** What became of the notes that a tab wrote one after the other. */
export interface Written {
  /** Titles of which the database said that they are there. */
  readonly acknowledged: string[];
  /** Titles of which nobody knows. */
  readonly unknown: string[];
  readonly failures: Failure[];
}

type Options = Omit<OpenOptions & SqliteWasmOpenOptions, 'worker' | 'models'> & { worker?: keyof typeof workers };

let isStopped = false;

const lab = {
  Note,
  sql,
  db: undefined as unknown as AsyncDatabase,
  /** The worker that this tab has started last, where it was told which. */
  worker: undefined as Worker | undefined,
  titles: () => Note.query().orderBy('id').pluck('title'),
  async open(name: string, { worker, ...options }: Options = {}): Promise<void> {
    const start = worker && { worker: () => (lab.worker = workers[worker]()) };
    lab.db = await open(name, { models: [Note], ...start, ...options });
  },
  /** What an act fails with. */
  failure: (act: Promise<unknown>): Promise<Failure | undefined> => act.then(() => undefined, failureOf),
  /** Adds one to a note, reading it first, so often. */
  async count(times: number): Promise<void> {
    const once = () =>
      lab.db.transaction(async (tx) => {
        const note = (await Note.using(tx).findById(1))!;
        note.n++;
        await note.async.using(tx).save();
      });
    for (let done = 0; done < times; done++) await once();
  },
  /** Writes notes in so many transactions, three in each, and waits between them. */
  async writeInThrees(tab: string, transactions: number): Promise<void> {
    for (let each = 0; each < transactions; each++) {
      await lab.db.transaction(async (tx) => {
        for (const n of [1, 2, 3]) {
          await Note.using(tx).create({ title: `${tab} ${each}`, n });
          await new Promise((resolve) => setTimeout(resolve, n));
        }
      });
    }
  },
  written: { acknowledged: [], unknown: [], failures: [] } as Written,
  /** Writes notes until it is told to stop, every third in a transaction of several statements. */
  async writeForever(tab: string, tell: (title: string) => void = () => undefined): Promise<void> {
    for (let n = 0; !isStopped; n++) {
      const title = `${tab} ${n}`;
      try {
        if (n % 3 === 0) await writeTwice(title);
        else await Note.create({ title });
        lab.written.acknowledged.push(title);
        tell(title);
      } catch (error) {
        if ((error as Error).name === 'ConnectionLostError') lab.written.unknown.push(title);
        else lab.written.failures.push(failureOf(error as Error));
      }
    }
  },
  /** Reads until it is told to stop; what fails is remembered. */
  async readForever(): Promise<void> {
    for (let last = 0; !isStopped;) {
      try {
        const found = await Note.count();
        if (found < last) throw new Error(`There were ${last} notes, and now there are ${found}.`);
        last = found;
      } catch (error) {
        lab.written.failures.push(failureOf(error as Error));
      }
    }
  },
  stop: () => void (isStopped = true),
  /** The locks of a kind that somebody has. */
  async held(kind: string): Promise<number> {
    const { held = [] } = await navigator.locks.query();
    return held.filter(({ name }) => name?.startsWith(`litemodel:${kind}:`)).length;
  },
};

/** Two notes of one title, or none. */
async function writeTwice(title: string): Promise<void> {
  await lab.db.transaction(async (tx) => {
    await Note.using(tx).create({ title });
    await Note.using(tx).create({ title, n: 1 });
  });
}

export type Lab = typeof lab;

Object.assign(globalThis, { lab });
