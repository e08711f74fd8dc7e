import { describe, expect, it } from 'vitest';
import { id, Model, ne, sql, SchemaDriftError, SqlError, table, text, type Generated } from 'litemodel';
import { drivers } from '../open-database.js';

@table('notes')
class Note extends Model {
  @id() id!: Generated<number>;
  @text() title!: string;
  @text() topic!: string;
}

describe.each(drivers)('$name: a column that the file does not have', ({ name, open }) => {
  it('is no text to compare with, even when nobody looked at the schema', async () => {
    const db = await open({ models: [Note], schema: 'off' });
    db.execute(`CREATE TABLE notes (id INTEGER PRIMARY KEY, title TEXT NOT NULL); INSERT INTO notes VALUES (1, 'a')`);
    if (name === 'sql.js') {
      // the hazard: SQLite's old quirk makes the condition true for every row
      expect(db.all(sql`SELECT count(*) AS n FROM notes WHERE "topic" != ${'x'}`)).toEqual([{ n: 1 }]);
    }
    const error = name === 'sql.js' ? SchemaDriftError : SqlError;
    expect(() => Note.filter({ topic: ne('x') }).delete()).toThrow(error);
    expect(() => Note.filter({ topic: ne('x') }).count()).toThrow(error);
    expect(db.all(sql`SELECT count(*) AS n FROM notes`)).toEqual([{ n: 1 }]);
  });
});
