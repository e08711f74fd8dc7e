/** Hundreds of transactions at once, with every way to wait, to fail and to be in the way: no two of them ever mix. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defineModel, id, integer, text } from 'litemodel/async';
import { sql, type AsyncDatabase, type StatementEvent } from 'litemodel';
import { driversInTurn, slowEngines, type AsyncEngine } from './engines.js';

const Account = defineModel('accounts', { id: id(), balance: integer() }, { modelName: 'Account' });
const Entry = defineModel('entries', { id: id(), work: integer(), note: text() }, { modelName: 'Entry' });
const accounts = 6;
const fortune = accounts * 100;

type Wait = 'none' | 'microtask' | 'immediate' | 'timer';

/** What somebody does: a transfer in a transaction, or something outside of any. */
interface Work {
  readonly kind: 'transaction' | 'by hand' | 'entry' | 'sum' | 'find or create';
  /** After how many turns of the event loop it begins: often while others are in the middle of theirs. */
  readonly start: number;
  readonly from: number;
  readonly to: number;
  readonly amount: number;
  readonly waits: readonly Wait[];
  readonly savepoint: 'none' | 'kept' | 'undone';
  readonly fails: boolean;
}

const anyWork: fc.Arbitrary<Work> = fc.record({
  kind: fc.constantFrom('transaction', 'transaction', 'transaction', 'by hand', 'entry', 'sum', 'find or create'),
  start: fc.integer({ min: 0, max: 100 }),
  from: fc.integer({ min: 1, max: accounts }),
  to: fc.integer({ min: 1, max: accounts }),
  amount: fc.integer({ min: 1, max: 50 }),
  waits: fc.array(fc.constantFrom<Wait[]>('none', 'microtask', 'immediate', 'timer'), { minLength: 4, maxLength: 4 }),
  savepoint: fc.constantFrom('none', 'kept', 'undone'),
  fails: fc.boolean(),
});

async function pause(how: Wait | undefined): Promise<void> {
  if (how === 'microtask') await Promise.resolve();
  if (how === 'immediate') await new Promise((resolve) => setImmediate(resolve));
  if (how === 'timer') await new Promise((resolve) => setTimeout(resolve, 0));
}

const undo = new Error('undo');
const expectUndo = (error: unknown) => expect(error).toBe(undo);

/** Everything that is done to one database, and what has to come of it. */
class Schedule {
  readonly #db: AsyncDatabase;
  /** The entries that were committed, as those who wrote them know. */
  readonly committed: string[] = [];
  readonly sums: number[] = [];

  constructor(db: AsyncDatabase) {
    this.#db = db;
  }

  async run(work: Work, number: number): Promise<void> {
    for (let turn = 0; turn < work.start; turn++) await pause('immediate');
    switch (work.kind) {
      case 'transaction':
        return await this.#transaction(work, number);
      case 'by hand':
        return await this.#byHand(work, number);
      case 'entry':
        await Entry.create({ work: number, note: 'outside' });
        return void this.committed.push(`${number} outside`);
      case 'find or create':
        await Entry.findOrCreate({ work: -1, note: String(work.from) });
        return;
      case 'sum':
        return void this.sums.push(await this.#sum());
    }
  }

  async #sum(): Promise<number> {
    return (await this.#db.first<{ sum: number }>(sql`SELECT sum(balance) AS sum FROM accounts`))!.sum;
  }

  async #transaction(work: Work, number: number): Promise<void> {
    const notes: string[] = [];
    const transfer = this.#db.transaction(async (tx) => {
      await this.#transfer(work, number, notes);
      if (work.savepoint !== 'none') {
        const inner = tx.transaction(async () => {
          await Entry.create({ work: number, note: 'savepoint' });
          await pause(work.waits[2]);
          if (work.savepoint === 'undone') throw undo;
          notes.push('savepoint');
        });
        await inner.catch(expectUndo);
      }
      await pause(work.waits[3]);
      if (work.fails) throw undo;
    });
    await transfer.catch(expectUndo);
    if (!work.fails) this.committed.push(...notes.map((note) => `${number} ${note}`));
  }

  async #byHand(work: Work, number: number): Promise<void> {
    await using tx = await this.#db.begin();
    const account = await Account.using(tx).filter({ id: work.from }).one();
    await pause(work.waits[0]);
    account.balance += 1;
    await account.async.using(tx).save();
    await pause(work.waits[1]);
    await Account.using(tx)
      .filter({ id: work.from })
      .update({ balance: sql`balance - 1` });
    await Entry.using(tx).create({ work: number, note: 'by hand' });
    if (work.fails) return; // rolled back by leaving the block
    await tx.commit();
    this.committed.push(`${number} by hand`);
  }

  /** Reads, computes and writes, with waits between, so that any mixture loses money. */
  async #transfer({ from, to, amount, waits }: Work, number: number, notes: string[]): Promise<void> {
    const giver = (await Account.findById(from))!;
    await pause(waits[0]);
    giver.balance -= amount;
    await giver.save();
    await Entry.create({ work: number, note: 'given' });
    await pause(waits[1]);
    const taker = (await Account.findById(to))!;
    taker.balance += amount;
    await taker.save();
    notes.push('given');
  }
}

/** What is wrong in the order of the statements: each transaction is a run of its own, which writes for one work only. */
function mixed(events: readonly StatementEvent[]): string[] {
  const wrong: string[] = [];
  let depth = 0;
  let owner: unknown;
  for (const { sql: text, parameters } of events) {
    if (text.startsWith('BEGIN')) {
      if (depth !== 0) wrong.push('a transaction began inside another');
      [depth, owner] = [1, undefined];
    } else if (text.startsWith('SAVEPOINT')) depth++;
    else if (text.startsWith('RELEASE')) depth--;
    else if (text === 'COMMIT' || text === 'ROLLBACK') {
      if (depth !== 1) wrong.push(`${text} at depth ${depth}`);
      depth = 0;
    } else if (text.startsWith('INSERT INTO "entries"') && depth > 0) {
      const [work] = parameters!;
      if (owner !== undefined && owner !== work)
        wrong.push(`work ${String(work)} wrote inside of ${JSON.stringify(owner)}`);
      owner = work;
    }
  }
  return depth === 0 ? wrong : [...wrong, 'a transaction is still open'];
}

async function play({ open }: AsyncEngine, works: readonly Work[]): Promise<void> {
  const db = await open({ models: [Account, Entry], queueTimeout: 60_000, replace: true });
  for (let id = 1; id <= accounts; id++) await Account.create({ id, balance: 100 });
  const events: StatementEvent[] = [];
  db.onStatement((event) => events.push(event), { values: true });
  const schedule = new Schedule(db);
  await Promise.all(works.map((work, number) => schedule.run(work, number)));
  expect(mixed(events)).toEqual([]);
  expect(schedule.sums.filter((sum) => sum !== fortune)).toEqual([]);
  const kept = await db.all<{ entry: string }>(sql`SELECT work || ' ' || note AS entry FROM entries WHERE work >= 0`);
  expect(kept.map(({ entry }) => entry).sort()).toEqual(schedule.committed.sort());
  const found = works.filter(({ kind }) => kind === 'find or create').map(({ from }) => from);
  expect(await Entry.filter({ work: -1 }).count()).toBe(new Set(found).size);
  expect(await db.first(sql`SELECT sum(balance) AS sum FROM accounts`)).toEqual({ sum: fortune });
  await db.close();
}

const isTried = ({ name }: AsyncEngine) =>
  ['better-sqlite3', 'sql.js', 'better-sqlite3, answering later'].includes(name);

describe.each([...driversInTurn, ...slowEngines].filter(isTried))('on $name', (engine) => {
  it.each([
    [250, 3],
    [1000, 1],
  ])(
    '%i of them in random order and company leave what those who committed say',
    async (length, numRuns) => {
      const schedules = fc.array(anyWork, { minLength: length, maxLength: length });
      await fc.assert(
        fc.asyncProperty(schedules, (works) => play(engine, works)),
        { numRuns, endOnFailure: true },
      );
    },
    120_000,
  );

  it('few of them, too, whichever few', { timeout: 120_000 }, async () => {
    const schedules = fc.array(anyWork, { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(schedules, (works) => play(engine, works)),
      { numRuns: 60 },
    );
  });

  it('a thousand increments at once are a thousand', { timeout: 60_000 }, async () => {
    const db = await engine.open({ models: [Account], queueTimeout: 60_000 });
    const account = await Account.create({ id: 1, balance: 0 });
    const increment = (_: unknown, index: number) =>
      db.transaction(async () => {
        const read = (await Account.findById(1))!;
        await pause((['none', 'microtask', 'immediate'] as const)[index % 3]);
        read.balance++;
        await read.save();
      });
    await Promise.all(Array.from({ length: 1000 }, increment));
    expect((await account.reload()).balance).toBe(1000);
  });
});
