/** The contract by which features take part in the life of instances, with a feature that the library does not have. */
import { describe, expect, it } from 'vitest';
import { id, integer, Model, table, text, type Generated } from 'litemodel';
import {
  changeHooks,
  type BoundTable,
  type Hook,
  type HookPoint,
  type InstanceFeature,
} from '../../src/query/index.js';
import { noteHook } from '../../src/schema/index.js';
import { all, run, statement } from '../../src/sql/index.js';
import { drivers, statementsOf } from '../open-database.js';

const passed: string[] = [];
let isIdle = false;

/** Numbers the rows of each table by a counter that it keeps in another one. */
const numbered: InstanceFeature = {
  name: 'numbered',
  hooksOf(home, noted) {
    expect(noted).toEqual(['first', 'second']);
    if (isIdle) return undefined;
    const { schema } = home as BoundTable;
    const beforeCreate: Hook = function* ({ instance, verb, before }) {
      expect([verb, before]).toEqual(['create', undefined]);
      const [row] = yield* all(statement('UPDATE counters SET last = last + 1 RETURNING last'));
      (instance as { number: unknown }).number = row![0];
    };
    const afterDelete: Hook = function* ({ before, after }) {
      yield* run(statement('UPDATE counters SET last = ?'), [-Number(before![schema.rowid!.position])]);
      expect(after).toBeUndefined();
    };
    const pass = (point: HookPoint): Hook =>
      function* ({ after }) {
        passed.push(`${point} ${String(after?.[1])}`);
      };
    return {
      at: { beforeCreate, afterDelete, validate: pass('validate'), afterCommit: pass('afterCommit') },

      *loaded(instances) {
        passed.push(`loaded ${instances.length}`);
      },
    };
  },
};

/** What a decorator of the feature does. */
const number =
  (noted: string) =>
  (_: unknown, { metadata }: ClassFieldDecoratorContext): void =>
    noteHook(metadata, numbered, noted);

class Thing extends Model {
  @id() id!: Generated<number>;
  @number('first') @text() title!: string;
}

@table('numbered')
class Numbered extends Thing {
  @number('second') @integer({ nullable: true }) number!: number | null;
}

describe.each(drivers)('a feature on $name', ({ open }) => {
  const opened = async () => {
    passed.splice(0);
    const db = await open({ models: [Numbered] });
    db.execute('CREATE TABLE counters (last INTEGER); INSERT INTO counters VALUES (6)');
    return db;
  };
  const insert = 'INSERT INTO "numbered" ("title", "number") VALUES (?, ?)';
  const count = 'UPDATE counters SET last = last + 1 RETURNING last';

  it('runs statements of its own in the transaction of the write', async () => {
    const db = await opened();
    const statements = statementsOf(db, () => Numbered.create({ title: 'x' }));
    expect(statements).toEqual(['BEGIN IMMEDIATE', count, insert, 'COMMIT']);
    const [thing] = Numbered.all();
    expect(thing!.number).toBe(7);
    expect(thing!.delete()).toBe(true);
    expect(passed).toEqual(['validate undefined', 'afterCommit x', 'loaded 1', 'afterCommit undefined']);
  });

  it('does the same in the asynchronous face', async () => {
    const db = await opened();
    const statements: string[] = [];
    db.onStatement(({ sql }) => statements.push(sql));
    const thing = await Numbered.async().create({ title: 'x' });
    expect(statements).toEqual(['BEGIN IMMEDIATE', count, insert, 'COMMIT']);
    expect(thing.number).toBe(7);
    expect(await Numbered.async().findById(1)).toEqual(thing);
    expect(await thing.async.delete()).toBe(true);
    expect(passed).toEqual(['validate undefined', 'afterCommit x', 'loaded 1', 'afterCommit undefined']);
  });

  it('that does nothing for a table costs it nothing, until it says that it does', async () => {
    const db = await opened();
    isIdle = true;
    changeHooks();
    expect(statementsOf(db, () => Numbered.create({ title: 'x' }))).toEqual([insert]);
    isIdle = false;
    changeHooks();
    expect(statementsOf(db, () => Numbered.create({ title: 'x' }))).toHaveLength(4);
  });
});
