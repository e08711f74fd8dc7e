/* What goes wrong with marked rows elsewhere: first in plain SQL, as one would write it by hand, and then that it does not here. */
import { describe, expect, it } from 'vitest';
import { deletedAt, id, integer, Model, sql, table, text, UniqueViolation, type Generated } from 'litemodel';
import { drivers } from '../open-database.js';

@table('notes', { scopes: [{ name: 'tenant', where: () => ({ tenant: 1 }) }] })
class Note extends Model {
  @id() id!: Generated<number>;
  @text({ unique: true }) title!: string;
  @integer({ default: 1 }) tenant!: Generated<number>;
  @deletedAt() deletedAt!: Date | null;
}

describe.each(drivers)('marked rows on $name', ({ open }) => {
  it('are not those of another tenant, whose scope a delete of its own would forget (DL-23)', async () => {
    const db = await open({ models: [Note] });
    Note.create({ title: 'own' });
    Note.create({ title: 'theirs', tenant: 2 });
    const theirs = () => db.first(sql`SELECT title, deleted_at FROM notes WHERE tenant = 2`);

    db.execute('CREATE TABLE by_hand AS SELECT * FROM notes');
    db.run(sql`UPDATE by_hand SET deleted_at = 'now' WHERE id = ${2} AND deleted_at IS NULL`); // the other scope is forgotten
    expect(db.all(sql`SELECT id FROM by_hand WHERE deleted_at IS NULL`)).toEqual([{ id: 1 }]);

    expect(Note.filter({ id: 2 }).delete()).toBe(0);
    expect(Note.deleteAll()).toBe(1);
    expect(Note.query().withDeleted().filter({ id: 2 }).forceDelete()).toBe(0);
    expect(theirs()).toEqual({ title: 'theirs', deleted_at: null });
    db.run(sql`UPDATE notes SET deleted_at = '2026-11-21T12:00:00.000Z' WHERE tenant = 2`);
    expect(Note.query().onlyDeleted().pluck('title')).toEqual(['own']);
    expect(Note.query().onlyDeleted().restore()).toBe(1);
    expect(Note.query().onlyDeleted().forceDelete()).toBe(0);
    expect(theirs()).toEqual({ title: 'theirs', deleted_at: '2026-11-21T12:00:00.000Z' });
  });

  it('do not keep a unique value from being used again', async () => {
    const db = await open({ models: [Note] });
    db.execute('CREATE TABLE by_hand (title TEXT UNIQUE, deleted_at TEXT)');
    const insert = () => db.run(sql`INSERT INTO by_hand (title) VALUES ('Owls')`);
    insert();
    db.run(sql`UPDATE by_hand SET deleted_at = 'now'`);
    expect(insert).toThrow(UniqueViolation);

    Note.create({ title: 'Owls' }).delete();
    expect(Note.create({ title: 'Owls' }).id).toBe(2);
    expect(() => Note.create({ title: 'Owls' })).toThrow(UniqueViolation);
  });
});
