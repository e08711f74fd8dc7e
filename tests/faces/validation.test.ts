import { describe, expect, it } from 'vitest';
import {
  id,
  Model,
  rule,
  rules,
  table,
  text,
  validate,
  ValidationError,
  type Face,
  type Generated,
  type InstanceOf,
  type StandardSchema,
} from 'litemodel';
import { Model as AsyncModel } from 'litemodel/async';
import { statementsOf } from './engines.js';
import { attempt, faces, type Opened, type TestFace, type TestModel } from './faces.js';

/** Whether rules answer later. */
let waits = false;
const later = <Answer>(answer: Answer): Answer | Promise<Answer> =>
  waits ? new Promise((resolve) => setTimeout(() => resolve(answer), 1)) : answer;

const short = rule('short', (title: string) => later(title.length < 9), 'is too long');
const polite: StandardSchema<string> = {
  '~standard': {
    version: 1,
    vendor: 'handmade',
    validate: (value) => later({ issues: value === 'rude' ? [{ message: 'is rude' }] : undefined }),
  },
};

@table('notes')
class SyncNote extends Model {
  @id() id!: Generated<number>;
  @validate(short, polite, rules.unique()) @text() title!: string;

  /** Asks the database, by itself or later. */
  @validate() async few() {
    return (await SyncNote.async().count()) < 2 || 'are too many';
  }
}

@table('notes')
class SyncSimple extends Model {
  @id() id!: Generated<number>;
  @validate(short, polite, rules.unique()) @text() title!: string;

  @validate() few() {
    return SyncSimple.count() < 2 || 'are too many';
  }
}

@table('notes')
class AsyncNote extends AsyncModel {
  @id() id!: Generated<number>;
  @validate(short, polite, rules.unique()) @text() title!: string;

  @validate() async few() {
    return (await AsyncNote.count()) < 2 || 'are too many';
  }
}

type Note = Pick<SyncNote, 'id' | 'title'> & Pick<InstanceOf<Face>, 'fill' | 'toJSON'>;

async function openNotes(face: TestFace): Promise<Pick<Opened, 'db' | 'of'> & { readonly Note: TestModel<Note> }> {
  waits = face.waits;
  const isAsync = face.name.startsWith('litemodel/async');
  const model = isAsync ? AsyncNote : face.waits ? SyncNote : SyncSimple;
  const { db, of } = await face.open({ models: [model] });
  return { db, of, Note: (isAsync || !face.waits ? model : SyncNote.async()) as unknown as TestModel<Note> };
}

describe.each(faces)('validation, $name', (face) => {
  it('lists everything, waits for rules that answer later, and writes nothing', async () => {
    const { db, of, Note } = await openNotes(face);
    const note = await Note.create({ title: 'fine' });
    await Note.create({ title: 'other' });
    note.title = 'other';
    const expected = [
      { path: 'title', rule: 'unique', message: 'is taken' },
      { path: '', rule: 'few', message: 'are too many' },
    ];
    expect(await of(note).validate()).toEqual(expected);
    const statements = await statementsOf(db, async () => {
      const error = await attempt(() => of(note).save());
      expect(error).toBeInstanceOf(ValidationError);
      expect(error).toMatchObject({ model: note.constructor.name, failures: expected });
    });
    expect(statements.filter((sql) => !sql.startsWith('SELECT'))).toEqual([]);
    const failures = await of(Note.build({ title: 'rude' })).validate();
    expect(failures.map(({ rule, message }) => `${rule} ${message}`)).toEqual(['handmade is rude', 'few are too many']);
    expect(await of(Note.build({ title: 'much too long' })).validate()).toHaveLength(2);
  });

  it('asks in the transaction of the save where listeners may write', async () => {
    const { db, Note } = await openNotes(face);
    db.on('beforeSave', () => undefined);
    await Note.create({ title: 'a' });
    const statements = await statementsOf(db, () => Note.create({ title: 'b' }));
    expect(statements).toEqual([
      'BEGIN IMMEDIATE',
      'SELECT 1 FROM "notes" WHERE "title" = ? LIMIT 1',
      'SELECT count(*) FROM "notes"',
      'INSERT INTO "notes" ("title") VALUES (?)',
      'COMMIT',
    ]);
    expect(await attempt(() => Note.create({ title: 'c' }))).toBeInstanceOf(ValidationError);
    expect(await Note.count()).toBe(2);
    expect(db.isOpen).toBe(true);
  });
});
