import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { desc, type AsyncDatabase, type Database, type ModelHome } from 'litemodel';
import { allow } from 'litemodel/electron-main';
import { at, Membership, Note, Tag } from './models.js';
import { answer, fill, query, write } from './queries.js';
import { openMain, openWindow } from './window.js';

/*
 * What a window asks in the ordinary way is accepted, and becomes the very same SQL as in main, with the same result. Nothing
 * here is hidden, and no row is anybody's: then main would rightly say something else.
 */

const operations = ['create', 'read', 'update', 'delete'] as const;
const everything = {
  models: [allow(Note, operations, { showing: ['secret'] }), allow(Tag, operations), allow(Membership, operations)],
};

/** What comes of something: its SQL in main, and its result or its error. */
async function outcome(db: Database, ask: () => unknown): Promise<object> {
  const statements: string[] = [];
  const stop = db.onStatement(({ sql }) => statements.push(sql));
  try {
    const result = await ask();
    return { statements, result: JSON.parse(JSON.stringify(result ?? null, spelledOut)) as unknown };
  } catch (error) {
    const { name, message } = error as Error;
    return { statements, error: `${name}: ${message}` };
  } finally {
    stop();
  }
}

const spelledOut = (_key: string, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value);

describe('an ordinary query of a window', () => {
  it('is the same as in main', { timeout: 120_000 }, async () => {
    const db = openMain();
    fill(db);
    const { window } = await openWindow(db, everything);
    await fc.assert(
      fc.asyncProperty(query, answer, async (from, ask) => {
        const inMain = await outcome(db, () => ask(from(Note.using(db))));
        expect(await outcome(db, () => ask(from(at(Note, window))))).toEqual(inMain);
      }),
      { numRuns: 1500 },
    );
  });

  it('that writes is the same as in main', { timeout: 120_000 }, async () => {
    const db = openMain();
    fill(db);
    const { window } = await openWindow(db, everything);
    await fc.assert(
      fc.asyncProperty(query, write, async (from, change) => {
        const inMain = await outcome(db, () => undone(db, () => change(from(Note.using(db)))));
        const there = await outcome(db, () => undoneThere(window, (Notes) => change(from(Notes))));
        expect(there).toEqual(inMain);
      }),
      { numRuns: 600 },
    );
  });

  it('goes on behind a cursor, whatever the order', async () => {
    const db = openMain();
    fill(db);
    const { window } = await openWindow(db, everything);
    const orders = [['title'], [desc('body', { nulls: 'last', collate: 'RTRIM' }), 'stars'], []];
    for (const order of orders) {
      const pages = async (Notes: typeof Note) => {
        const found: unknown[] = [];
        let after: string | undefined;
        do {
          const ordered = Notes.query().orderBy(...(order as 'title'[]));
          const page = await Promise.resolve(ordered.page(after === undefined ? { size: 5 } : { size: 5, after }));
          found.push(page.rows.map(({ id }) => id));
          after = page.next;
        } while (after !== undefined);
        return found;
      };
      const inMain = await outcome(db, () => pages(Note.using(db)));
      expect(await outcome(db, () => pages(at(Note, window)))).toEqual(inMain);
    }
  });

  it('finds rows by keys of several columns, and writes some of them', async () => {
    const db = openMain();
    fill(db);
    const { window } = await openWindow(db, everything);
    const steps: ((Members: typeof Membership) => unknown)[] = [
      (Members) => Members.findById({ userId: 1, team: 'team 1' }),
      (Members) => Members.filter({ points: 2 }).limit(1).update({ points: 9 }),
      (Members) => Members.query().orderBy('points').limit(2).delete(),
      (Members) => Members.findOrCreate({ userId: 7, team: 'x' }, { points: 1 }),
      (Members) => Members.updateOrCreate({ userId: 7, team: 'x' }, { points: 2 }),
      (Members) => Members.query().page({ size: 2, number: 1 }),
    ];
    for (const step of steps) {
      const inMain = await outcome(db, () => undone(db, () => step(Membership.using(db))));
      const there = outcome(db, () => undoneThere(window, () => step(at(Membership, window))));
      expect(await there).toEqual(inMain);
    }
  });
});

/** What a write returns and leaves behind, before it is undone. */
function undone(db: Database, change: () => unknown): unknown {
  let result: unknown;
  try {
    db.transaction(() => {
      result = [change(), state(db)];
      throw new Error('undo');
    });
  } catch (error) {
    if ((error as Error).message !== 'undo') throw error;
  }
  return result;
}

async function undoneThere(window: AsyncDatabase, change: (Notes: typeof Note) => unknown): Promise<unknown> {
  let result: unknown;
  try {
    await window.transaction(async (tx) => {
      result = [await change(at(Note, tx)), await state(tx)];
      throw new Error('undo');
    });
  } catch (error) {
    if ((error as Error).message !== 'undo') throw error;
  }
  return result;
}

/** What all the rows say that a write may have changed. */
function state(home: ModelHome): unknown {
  const fields = ['id', 'title', 'body', 'stars', 'done', 'settings'] as const;
  return at(Note, home)
    .query()
    .orderBy('id')
    .select(...fields)
    .all();
}
