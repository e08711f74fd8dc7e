import { beforeEach, describe, expect, it } from 'vitest';
import { id, Model, NotFoundError, sql, table, text, type Database, type Generated } from 'litemodel';
import { drivers } from '../open-database.js';

@table('users')
class User extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
}

@table('notes')
class Note extends Model {
  @id() id!: Generated<number>;
  @text() body!: string;
  @text({ default: sql`'made by SQLite'` }) note!: Generated<string>;
}

describe.each(drivers)('$name: a write that a trigger skips', ({ open }) => {
  let db: Database;
  let ann: User;
  beforeEach(async () => {
    db = await open({ models: [User, Note] });
    ann = User.create({ name: 'Ann' });
    for (const [verb, tableName] of [
      ['INSERT', 'users'],
      ['INSERT', 'notes'],
      ['UPDATE', 'users'],
      ['DELETE', 'users'],
    ]) {
      db.execute(
        `CREATE TRIGGER skip_${verb}_${tableName} BEFORE ${verb} ON ${tableName} BEGIN SELECT RAISE(IGNORE); END`,
      );
    }
  });

  it('makes no instance of an insert, which would have the id of another row', () => {
    expect(() => User.create({ name: 'Bob' })).toThrow(NotFoundError);
    expect(() => Note.create({ body: 'x' })).toThrow(NotFoundError);
    expect(User.query().pluck('name')).toEqual(['Ann']);
  });

  it('is an error of save, and delete says that nothing was deleted', () => {
    ann.name = 'Anne';
    expect(() => ann.save()).toThrow(/a trigger skipped the update/);
    expect(ann.delete()).toBe(false);
    expect(ann.reload().name).toBe('Ann');
  });

  it('is written again after a rollback of what reload read', () => {
    db.execute('DROP TRIGGER skip_UPDATE_users');
    expect(() =>
      db.transaction(() => {
        User.filter({ id: ann.id }).update({ name: 'undone' });
        ann.reload();
        throw new Error('no');
      }),
    ).toThrow('no');
    ann.save();
    expect(User.query().pluck('name')).toEqual(['Ann']);
  });
});
