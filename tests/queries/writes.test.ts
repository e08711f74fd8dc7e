import { beforeEach, describe, expect, it } from 'vitest';
import {
  boolean,
  columns,
  gt,
  gte,
  id,
  integer,
  InvalidValueError,
  json,
  lte,
  Model,
  oneOf,
  QueryError,
  ReadOnlyFieldError,
  sql,
  table,
  text,
  UniqueViolation,
  updatedAt,
  type Database,
  type Generated,
} from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';

@table('tasks')
class Task extends Model {
  @id() id!: Generated<number>;
  @text({ unique: true }) title!: string;
  @integer({ default: 0, name: 'rank' }) priority!: Generated<number>;
  @boolean({ default: false }) done!: Generated<boolean>;
  @json<{ tags: string[] }>({ nullable: true }) extra!: { tags: string[] } | null;
  @text({ writeOnce: true, default: 'me' }) author!: Generated<string>;
  @integer({ nullable: true, generated: sql`rank * 2` }) twice!: number | null;
}

@table('memberships', { primaryKey: ['user', 'team'], withoutRowid: true })
class Membership extends Model {
  @integer() user!: number;
  @text() team!: string;
  @integer({ default: 0 }) points!: Generated<number>;
}

@table('notes')
class Note extends Model {
  @id() id!: Generated<number>;
  @text() body!: string;
  @updatedAt() changedAt!: Generated<Date>;
}

const task = columns(Task);

describe.each(drivers)('$name', ({ open }) => {
  let db: Database;
  beforeEach(async () => {
    db = await open({ models: [Task, Membership, Note] });
    db.transaction(() => {
      for (let priority = 1; priority <= 5; priority++) Task.create({ title: `task ${priority}`, priority });
      for (const user of [1, 2]) for (const team of ['a', 'b']) Membership.create({ user, team });
    });
  });

  const priorities = () => Task.query().orderBy('id').pluck('priority');

  it('updates the rows of a query in one statement, and says how many', () => {
    const statements = statementsOf(db, () => {
      expect(Task.filter({ priority: gt(3) }).update({ done: true, priority: 9 })).toBe(2);
      expect(Task.filter({ priority: gt(100) }).update({ done: true })).toBe(0);
    });
    expect(statements).toEqual([
      'UPDATE "tasks" SET "done" = ?, "rank" = ? WHERE "rank" > ?',
      'UPDATE "tasks" SET "done" = ? WHERE "rank" > ?',
    ]);
    expect(priorities()).toEqual([1, 2, 3, 9, 9]);
    expect(Task.filter({ done: true }).count()).toBe(2);
  });

  it('computes values from the row', () => {
    const text = statementsOf(db, () => {
      Task.filter({ id: lte(2) }).update({ priority: sql`${task.priority} + ${10}`, title: sql`upper(${task.title})` });
    });
    expect(text).toEqual([
      'UPDATE "tasks" SET "rank" = "tasks"."rank" + ?, "title" = upper("tasks"."title") WHERE "id" <= ?',
    ]);
    expect(priorities()).toEqual([11, 12, 3, 4, 5]);
    expect(Task.findById(1)).toMatchObject({ title: 'TASK 1', twice: 22 });
    Task.filter({ id: 3 }).update({ priority: task.id });
    Task.filter({ id: 4 }).update({
      priority: Task.query()
        .select({ n: sql`count(*)` })
        .limit(1),
    });
    expect(priorities()).toEqual([11, 12, 3, 5, 5]);
  });

  it('writes through the codecs of columns', () => {
    Task.filter({ id: 1 }).update({ extra: { tags: ['a'] }, done: true });
    expect(db.first(sql`SELECT extra, done FROM tasks WHERE id = 1`)).toEqual({ extra: '{"tags":["a"]}', done: 1 });
    Task.filter({ id: 1 }).update({ extra: null });
    expect(Task.findById(1)?.extra).toBeNull();
  });

  it('sets what is set at each update, unless it is given', () => {
    const note = Note.create({ body: 'x', changedAt: new Date(0) });
    expect(statementsOf(db, () => Note.filter({ id: 1 }).update({ body: 'y' }))).toEqual([
      'UPDATE "notes" SET "body" = ?, "changed_at" = ? WHERE "id" = ?',
    ]);
    expect(note.reload().changedAt.getTime()).toBeGreaterThan(0);
    Note.filter({ id: 1 }).update({ changedAt: new Date(5) });
    expect(note.reload().changedAt).toEqual(new Date(5));
  });

  it('deletes the rows of a query in one statement, and says how many', () => {
    const statements = statementsOf(db, () => {
      expect(Task.filter({ priority: oneOf([1, 2]) }).delete()).toBe(2);
      expect(Task.filter({ priority: oneOf([]) }).delete()).toBe(0);
    });
    expect(statements).toEqual(['DELETE FROM "tasks" WHERE "rank" IN (?, ?)', 'DELETE FROM "tasks" WHERE 0']);
    expect(priorities()).toEqual([3, 4, 5]);
  });

  it('names the rows of a limited write by their key', () => {
    const statements = statementsOf(db, () => {
      expect(Task.filter({ done: false }).orderBy(['priority', 'desc']).limit(2).delete()).toBe(2);
      expect(Task.filter({ done: false }).orderBy('priority').offset(2).update({ done: true })).toBe(1);
      expect(Task.filter({ done: false }).limit(0).delete()).toBe(0);
    });
    const within = (tail: string) =>
      `WHERE "id" IN (SELECT "tasks"."id" FROM "tasks" WHERE "tasks"."done" = ? ${tail})`;
    expect(statements).toEqual([
      `DELETE FROM "tasks" ${within('ORDER BY "tasks"."rank" DESC LIMIT 2')}`,
      `UPDATE "tasks" SET "done" = ? ${within('ORDER BY "tasks"."rank" LIMIT -1 OFFSET ?')}`,
      `DELETE FROM "tasks" ${within('LIMIT 0')}`,
    ]);
    expect(Task.query().orderBy('id').select('priority', 'done').all()).toEqual([
      { priority: 1, done: false },
      { priority: 2, done: false },
      { priority: 3, done: true },
    ]);
  });

  it('names the rows of a limited write by a composite key, without a rowid', () => {
    const statements = statementsOf(db, () => {
      expect(Membership.filter({ points: 0 }).orderBy('team', ['user', 'desc']).limit(3).update({ points: 5 })).toBe(3);
      expect(Membership.filter({ points: 5 }).orderBy('user').limit(1).delete()).toBe(1);
    });
    expect(statements[0]).toBe(
      'UPDATE "memberships" SET "points" = ? WHERE ("user", "team") IN ' +
        '(SELECT "memberships"."user", "memberships"."team" FROM "memberships" WHERE "memberships"."points" = ? ' +
        'ORDER BY "memberships"."team", "memberships"."user" DESC LIMIT 3)',
    );
    expect(Membership.query().orderBy('user', 'team').select('user', 'team', 'points').all()).toEqual([
      { user: 1, team: 'b', points: 0 },
      { user: 2, team: 'a', points: 5 },
      { user: 2, team: 'b', points: 5 },
    ]);
  });

  it('ignores the order of a write without a limit', () => {
    expect(statementsOf(db, () => Task.filter({ id: 1 }).orderBy('title').delete())).toEqual([
      'DELETE FROM "tasks" WHERE "id" = ?',
    ]);
  });

  it('refuses a distinct write', () => {
    expect(() => Task.filter({ id: 1 }).distinct().delete()).toThrow(
      'A distinct query has no rows to delete. Leave distinct() out.',
    );
    expect(() => Task.filter({ id: 1 }).distinct().update({ done: true })).toThrow(QueryError);
  });

  it('refuses fields that it may not write', () => {
    expect(() => Task.filter({ id: 1 }).update({ author: 'you' })).toThrow(
      'Task.author cannot be written: it keeps its first value.',
    );
    expect(() => Task.filter({ id: 1 }).update({ twice: 1 })).toThrow(
      'Task.twice cannot be written: SQLite computes it.',
    );
    expect(() => Task.updateAll({ twice: 1 })).toThrow(ReadOnlyFieldError);
    expect(() => Task.filter({ id: 1 }).update({ priority: 1.5 })).toThrow(InvalidValueError);
  });

  it('is atomic', () => {
    expect(() => Task.filter({ id: gte(2) }).update({ title: 'same' })).toThrow(UniqueViolation);
    expect(Task.filter({ title: 'same' }).count()).toBe(0);
  });

  describe('returning', () => {
    it('gives instances as they are after an update, and as they were before a delete', () => {
      const statements = statementsOf(db, () => {
        const updated = Task.filter({ id: oneOf([1, 2]) })
          .returning()
          .update({ priority: sql`${task.priority} + 100`, done: true });
        expect(updated.map(({ id, priority, done, twice }) => [id, priority, done, twice])).toEqual([
          [1, 101, true, 202],
          [2, 102, true, 204],
        ]);
        expect(updated[0]).toBeInstanceOf(Task);
        const [deleted] = Task.filter({ id: 3 }).returning().delete();
        expect(deleted).toMatchObject({ id: 3, title: 'task 3' });
        expect(Task.filter({ id: 99 }).returning().delete()).toEqual([]);
      });
      const all = 'RETURNING "id", "title", "rank", "done", "extra", "author", "twice"';
      expect(statements).toEqual([
        `UPDATE "tasks" SET "rank" = "tasks"."rank" + 100, "done" = ? WHERE "id" IN (?, ?) ${all}`,
        `DELETE FROM "tasks" WHERE "id" = ? ${all}`,
        `DELETE FROM "tasks" WHERE "id" = ? ${all}`,
      ]);
    });

    it('gives only the fields that are asked for', () => {
      const statements = statementsOf(db, () => {
        expect(Task.filter({ id: 1 }).returning('id', 'priority').update({ priority: 7 })).toEqual([
          { id: 1, priority: 7 },
        ]);
        expect(
          Task.filter({ id: gt(3) })
            .orderBy('id')
            .limit(1)
            .returning('title')
            .delete(),
        ).toEqual([{ title: 'task 4' }]);
      });
      expect(statements).toEqual([
        'UPDATE "tasks" SET "rank" = ? WHERE "id" = ? RETURNING "id", "rank" AS "priority"',
        'DELETE FROM "tasks" WHERE "id" IN (SELECT "tasks"."id" FROM "tasks" WHERE "tasks"."id" > ? ' +
          'ORDER BY "tasks"."id" LIMIT 1) RETURNING "title"',
      ]);
      expect(() => Task.filter({ id: 1 }).returning('titel' as never)).toThrow('Did you mean "title"?');
    });

    it('gives instances that can be saved', () => {
      const [first] = Task.filter({ id: 1 }).returning().update({ priority: 50 });
      first!.title = 'new';
      expect(statementsOf(db, () => first!.save())).toEqual([
        'UPDATE "tasks" SET "title" = ? WHERE "id" = ? RETURNING "twice"',
      ]);
    });
  });

  it('takes bytes and lists as they are when it is called', () => {
    const tags = ['a'];
    const query = Task.filter({ extra: { tags } });
    tags.push('b');
    expect(query.toSQL().parameters[1]).toBe('["a"]');
  });
});
