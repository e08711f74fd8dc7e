import sqliteWasmFile from '@sqlite.org/sqlite-wasm/sqlite3.wasm?url';
import { id, integer, Model, table, text, type Generated } from 'litemodel/async';
import { open } from 'litemodel/sqlite-wasm';
import { expect, it, onTestFinished } from 'vitest';

@table('notes')
class Note extends Model {
  @id() id!: Generated<number>;
  @text() title!: string;
  @integer({ default: 0 }) n!: Generated<number>;
}

void sqliteWasmFile;

it('keeps a database in a worker', async () => {
  const name = `notes-${crypto.randomUUID()}.db`;
  const db = await open(name, { models: [Note] });
  onTestFinished(() => db.close());
  await Note.create({ title: 'kept' });
  await Promise.all(
    Array.from({ length: 100 }, () =>
      db.transaction(async (tx) => {
        const Notes = Note.using(tx);
        const note = (await Notes.findById(1))!;
        note.n++;
        await note.async.using(tx).save();
      }),
    ),
  );
  expect(await Note.all()).toEqual([expect.objectContaining({ title: 'kept', n: 100 })]);
  await db.close();
  const again = await open(name, { models: [Note] });
  onTestFinished(() => again.close());
  expect(await Note.count()).toBe(1);
});
