import { describe, expect, it, vi } from 'vitest';
import { datetime, DecodeError, defineModel, id, json, sql, text, updatedAt, type Database } from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';

const Note = defineModel(
  'notes',
  { id: id(), title: text(), at: datetime(), data: json({ nullable: true }) },
  { modelName: 'Note' },
);

/** Two rows, of which the second has a date and JSON that do not decode. */
function fill(db: Database): void {
  db.execute('CREATE TABLE notes (id INTEGER PRIMARY KEY, title TEXT, at TEXT, data TEXT)');
  db.run(sql`INSERT INTO notes VALUES (1, 'good', '2026-01-01T00:00:00.000Z', '{"a":1}'), (2, 'bad', 'soon', '{')`);
}

const stored = (db: Database) => db.all(sql`SELECT title, at, data FROM notes WHERE id = 2`);

describe.each(drivers)('a lenient database on $name', ({ open }) => {
  it('reads null for what does not decode, and tells of it', async () => {
    const errors: DecodeError[] = [];
    const db = await open({ models: [Note], schema: 'off', lenient: (error) => errors.push(error) });
    fill(db);

    const [good, bad] = Note.query().orderBy('id').all();
    expect(good).toMatchObject({ at: new Date('2026-01-01'), data: { a: 1 } });
    expect(bad).toMatchObject({ id: 2, title: 'bad', at: null, data: null });
    expect(bad).toBeInstanceOf(Note);
    expect(errors.map(({ table, column, primaryKey }) => [table, column, primaryKey])).toEqual([
      ['notes', 'at', [2]],
      ['notes', 'data', [2]],
    ]);
    expect(errors[0]).toBeInstanceOf(DecodeError);
    expect(errors[0]!.message).toContain('notes.at holds a string in the row with primary key 2');
  });

  it('does so on every path that reads', async () => {
    const errors: DecodeError[] = [];
    const db = await open({ models: [Note], schema: 'off', lenient: (error) => errors.push(error) });
    fill(db);
    const bad = Note.filter({ id: 2 });
    const reads: (() => unknown)[] = [
      () => Note.findById(2)!.at,
      () => [...bad.iterate()][0]!.at,
      () => bad.page({ size: 1 }).rows[0]!.at,
      () => bad.pluck('at')[0],
      () => bad.select('at').all()[0]!.at,
      () => bad.select({ at: true }).first()!.at,
      () => Note.fromSql(sql`SELECT * FROM notes WHERE id = 2`)[0]!.at,
      () => bad.returning('at').update({ title: 'bad' })[0]!.at,
      () => Note.findById(2)!.reload().at,
    ];
    for (const read of reads) {
      errors.length = 0;
      expect(read()).toBeNull();
      expect(errors.some(({ column }) => column === 'at')).toBe(true);
    }
  });

  it('leaves the value in the file when the row is saved', async () => {
    const db = await open({ models: [Note], schema: 'off', lenient: () => undefined });
    fill(db);
    const bad = Note.findById(2)!;
    expect(statementsOf(db, () => bad.save())).toEqual([]);

    bad.title = 'renamed';
    expect(statementsOf(db, () => bad.save())).toEqual(['UPDATE "notes" SET "title" = ? WHERE "id" = ?']);
    expect(stored(db)).toEqual([{ title: 'renamed', at: 'soon', data: '{' }]);
  });

  it('writes a field that was given a value', async () => {
    const db = await open({ models: [Note], schema: 'off', lenient: () => undefined });
    fill(db);
    const bad = Note.findById(2)!;
    bad.at = new Date('2026-02-02');
    bad.data = { a: 2 };
    bad.save();
    expect(stored(db)).toEqual([{ title: 'bad', at: '2026-02-02T00:00:00.000Z', data: '{"a":2}' }]);
    expect(Note.findById(2)).toMatchObject({ at: new Date('2026-02-02'), data: { a: 2 } });
  });

  it('clears the value by a query, which says so', async () => {
    const db = await open({ models: [Note], schema: 'off', lenient: () => undefined });
    fill(db);
    expect(Note.filter({ id: 2 }).update({ data: null })).toBe(1);
    expect(stored(db)).toEqual([{ title: 'bad', at: 'soon', data: null }]);
  });

  it('reads null again after a change to such a value was rolled back', async () => {
    const db = await open({ models: [Note], schema: 'off', lenient: () => undefined });
    fill(db);
    const bad = Note.findById(2)!;
    const undo = new Error('undo');
    expect(() =>
      db.transaction(() => {
        bad.at = new Date('2026-02-02');
        bad.save();
        throw undo;
      }),
    ).toThrow(undo);
    bad.save();
    expect(stored(db)).toEqual([{ title: 'bad', at: '2026-02-02T00:00:00.000Z', data: '{' }]);
  });

  it('reads null for what SQLite itself made that does not decode', async () => {
    const Stamped = defineModel('stamped', { id: id(), at: datetime({ default: sql`CURRENT_TIMESTAMP` }) });
    const errors: DecodeError[] = [];
    await open({ models: [Stamped], lenient: (error) => errors.push(error) });
    expect(Stamped.create({})).toMatchObject({ id: 1, at: null });
    expect(errors).toHaveLength(1);
  });

  it('still renews what is renewed at each update', async () => {
    const Kept = defineModel('kept', { id: id(), title: text(), changedAt: updatedAt() });
    const db = await open({ models: [Kept], schema: 'off', lenient: () => undefined });
    db.execute('CREATE TABLE kept (id INTEGER PRIMARY KEY, title TEXT, changed_at TEXT)');
    db.run(sql`INSERT INTO kept VALUES (1, 'a', 'soon')`);
    const row = Kept.findById(1)!;
    expect(row.changedAt).toBeNull();
    row.title = 'b';
    row.save();
    expect(row.changedAt).toBeInstanceOf(Date);
    expect(Kept.findById(1)!.changedAt).toEqual(row.changedAt);
  });

  it('warns on the console when it is only said to be lenient', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    try {
      const db = await open({ models: [Note], schema: 'off', lenient: true });
      fill(db);
      expect(Note.findById(2)!.at).toBeNull();
      expect(warn.mock.calls[0]).toEqual([expect.stringContaining('litemodel: notes.at holds a string')]);
    } finally {
      warn.mockRestore();
    }
  });

  it('is not what a database is unless told', async () => {
    const db = await open({ models: [Note], schema: 'off' });
    fill(db);
    expect(() => Note.findById(2)).toThrow(DecodeError);
  });
});
