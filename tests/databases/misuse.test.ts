import { describe, expect, it } from 'vitest';
import {
  choice,
  defineModel,
  DefinitionError,
  id,
  Model,
  QueryError,
  sql,
  table,
  text,
  type Generated,
} from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';

/* What callers without types get wrong, told before any statement. */

@table('notes')
class Note extends Model {
  @id() id!: Generated<number>;
  @text() title!: string;
}

describe.each(drivers)('$name, misused', ({ open }) => {
  it.each([
    ['all', 'SELECT 1', 'a string'],
    ['all', undefined, 'undefined'],
    ['first', null, 'null'],
    ['run', 'DELETE FROM notes', 'a string'],
    ['all', { fragment: 'x' }, 'an object'],
  ] as const)('%s of %o asks for a fragment', async (method, given, what) => {
    const db = await open({ models: [Note] });
    const wrong = new QueryError(
      `This takes SQL as sql\`…\`, not ${what}.`,
      'Write sql`SELECT …`: its values are bound.',
    );
    expect(statementsOf(db, () => expect(() => db[method](given as never)).toThrow(wrong))).toEqual([]);
    expect(() => Note.fromSql(given as never)).toThrow(wrong);
  });

  it.each([
    [sql`SELECT 1`, 'an instance of Sql'],
    [5, 'a number'],
    [undefined, 'undefined'],
  ])('execute of %o asks for a text', async (given, what) => {
    const db = await open({ models: [Note] });
    expect(statementsOf(db, () => expect(() => db.execute(given as never)).toThrow(`not ${what}.`))).toEqual([]);
  });

  it('says what is missing', async () => {
    const db = await open({ models: [Note] });
    expect(
      statementsOf(db, () => {
        expect(() => db.attach('other.db', undefined as never)).toThrow('An attached file needs a name.');
        expect(() => db.onStatement(5 as never)).toThrow('onStatement takes a function.');
        expect(() => Note.query().page(undefined as never)).toThrow('A page has a size. Write page({ size: 20 })');
        for (const nothing of [undefined, null] as never[]) {
          expect(() => Note.findOrCreate(nothing)).toThrow('A Note is made of an object of fields.');
          expect(() => Note.updateOrCreate(nothing, {})).toThrow('A Note is made of an object of fields.');
        }
      }).filter((each) => !/BEGIN|ROLLBACK/.test(each)),
    ).toEqual([]);
  });
});

describe('a definition that lacks something', () => {
  it('is told what', () => {
    for (const given of [[], ['notes'], ['notes', null], [5, { id: id() }]]) {
      expect(() => defineModel(...(given as never as Parameters<typeof defineModel>))).toThrow(
        new DefinitionError(
          'A model is defined by the name of its table and its columns.',
          "Write defineModel('users', { id: id(), name: text() }).",
        ),
      );
    }
    expect(() => choice(undefined as never)).toThrow('@choice needs at least one choice.');
  });
});
