import { id, Model, table, text, type Generated } from 'litemodel';
import { open } from 'litemodel/sqljs';
import sqlJsWasm from 'sql.js/dist/sql-wasm.wasm?url';
import { expect, it } from 'vitest';

it('opens a database of sql.js on the page, and reads the row that was written', async () => {
  @table('notes')
  class Note extends Model {
    @id() id!: Generated<number>;
    @text() title!: string;
  }
  const database = await open(':memory:', { models: [Note], locateFile: () => sqlJsWasm });

  Note.create({ title: 'from the page' });

  expect(Note.filter({ title: 'from the page' }).all()).toEqual([expect.objectContaining({ id: 1 })]);
  database.close();
});
