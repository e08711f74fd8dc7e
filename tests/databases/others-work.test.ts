import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { DatabaseLockedError, id, Model, QueryError, sql, table, text, type Generated } from 'litemodel';
import { open as openFile } from 'litemodel/better-sqlite3';
import { open } from 'litemodel/sqljs';
import { closedLater, drivers } from '../open-database.js';
import { temporaryFolder } from '../drivers/temporary-folder.js';

@table('notes')
class Note extends Model {
  @id() id!: Generated<number>;
  @text() body!: string;
}

it('an image that nothing was written to is not saved over what somebody else saved', async () => {
  const path = join(temporaryFolder(), 'notes.db');
  (await open(path, { models: [Note] })).close();
  const reader = await open(path, { alias: 'reader' });
  const writer = await open(path, { alias: 'writer' });
  Note.using(writer).create({ body: 'kept' });
  writer.close();
  expect(reader.all(sql`SELECT count(*) AS n FROM notes`)).toEqual([{ n: 0 }]);
  reader.close();
  const after = closedLater(await open(path, { models: [Note] }));
  expect(after.all(sql`SELECT body FROM notes`)).toEqual([{ body: 'kept' }]);
});

it('an image is not saved over what somebody else saved, and stays to be kept elsewhere', async () => {
  const path = join(temporaryFolder(), 'notes.db');
  (await open(path, { models: [Note] })).close();
  const first = await open(path, { alias: 'first' });
  const second = await open(path, { alias: 'second' });
  onTestFinished(() => second.close({ save: false }));
  Note.using(second).create({ body: 'of the second' });
  Note.using(first).create({ body: 'of the first' });
  first.close();

  const message = /^The database ".*notes\.db" was saved by somebody else since it was read here\. Open it again/;
  for (const save of [() => second.save(), () => second.close()]) {
    expect(save).toThrow(DatabaseLockedError);
    expect(save).toThrow(message);
  }
  const kept = closedLater(openFile(path, { alias: 'kept', readonly: true }));
  expect(kept.all(sql`SELECT body FROM notes`)).toEqual([{ body: 'of the first' }]);
  const mine = closedLater(await open(second.serialize(), { alias: 'mine' }));
  expect(mine.all(sql`SELECT body FROM notes`)).toEqual([{ body: 'of the second' }]);
});

it('a connection that was lost with a rollback that failed gives its alias back', () => {
  const path = join(temporaryFolder(), 'lost.db');
  const db = openFile(path, { models: [Note] });
  expect(() =>
    db.transaction(() =>
      db.transaction(() => {
        db.execute('COMMIT; BEGIN');
        throw new Error('mine');
      }),
    ),
  ).toThrow();
  const again = closedLater(openFile(path, { models: [Note] }));
  expect(again.isOpen).toBe(true);
  expect(Note.count()).toBe(0);
  db.close();
  expect(Note.count()).toBe(0);
});

it.each(drivers)('$name: a query with a limit or an offset of its own is not paged', async ({ open: openDriver }) => {
  await openDriver({ models: [Note] });
  expect(() => Note.query().limit(1).page({ size: 3 })).toThrow(QueryError);
  expect(() => Note.query().offset(1).page({ size: 3, number: 1 })).toThrow(QueryError);
});
