import { describe, expect, it } from 'vitest';
import { DefinitionError, id, Model, QueryError, table, text, UnknownFieldError, type Generated } from 'litemodel';
import { drivers } from '../open-database.js';
import { Cup, Group, Post, Tag, Team } from './tags.js';

@table('plain')
class Plain extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
}

@table('files')
class File extends Model {
  @id() id!: Generated<number>;
  @text({ deferred: true }) body!: string;
}

/** What somebody without the compiler may give. */
const anything = (value: unknown): never => value as never;

describe.each(drivers)('what nobody can mean on $name', ({ open }) => {
  it('is no model', async () => {
    const db = await open({ models: [Plain] });
    db.unitOfWork((work) => {
      for (const [given, name] of [
        [null, 'null'],
        [undefined, 'undefined'],
        [{}, 'an object'],
        ['Plain', 'a string'],
        [Plain.build({ name: 'x' }), 'an instance of Plain'],
      ] as const) {
        const message = `A model is wanted here, not ${name}. Give its class: User, decorated with @table.`;
        for (const use of [
          () => work.find(anything(given), 1),
          () => work.query(anything(given)),
          () => work.create(anything(given), {}),
        ]) {
          expect(use).toThrow(QueryError);
          expect(use).toThrow(message);
        }
      }
      expect(() => work.query(anything(class {}))).toThrow(DefinitionError);
      expect(() => work.query(anything(class {}))).toThrow(
        'This class has no table. Decorate it: @table("…") class ….',
      );
    });
  });

  it('is no function to run', async () => {
    const db = await open({ models: [Plain] });
    const message =
      'unitOfWork takes a function, not null. Write db.unitOfWork(() => { … }): what it does is done together.';
    expect(() => db.unitOfWork(anything(null))).toThrow(QueryError);
    expect(() => db.unitOfWork(anything(null))).toThrow(message);
    expect(() => db.transaction(anything(undefined))).toThrow('transaction takes a function, not undefined.');
    await expect(db.async.unitOfWork(anything(null))).rejects.toThrow(message);
    await expect(db.async.transaction(anything({}))).rejects.toThrow('transaction takes a function, not an object.');
    await expect(db.async.snapshot(anything(5))).rejects.toThrow('snapshot takes a function, not a number.');
    expect(db.inTransaction).toBe(false);
  });

  it('is no target of a relation', async () => {
    await open({ models: [Post, Tag, Group, Team, Cup] });
    const post = Post.create({ title: 'Owls' });
    for (const verb of ['attach', 'detach', 'sync', 'toggle'] as const) {
      expect(() => post.related('tags')[verb](anything({}))).toThrow(
        'Post.tags was given an object without id. Give instances of Tag, or keys: { id }.',
      );
    }
    const team = Team.create({ country: 'PT', number: 1 });
    expect(() => team.related('cups').attach(anything({ name: 'x' }))).toThrow(
      'Team.cups was given an object without year. Give instances of Cup, or keys: { name, year }.',
    );
  });

  it('is nothing to load', async () => {
    await open({ models: [Plain, File, Post, Tag, Group] });
    const plain = Plain.create({ name: 'x' });
    const file = File.create({ body: 'x' });
    const post = Post.create({ title: 'x' });
    expect(() => plain.load(anything('nope'))).toThrow(QueryError);
    expect(() => plain.load(anything('nope'))).toThrow(
      'Plain has neither relations nor deferred columns, so there is no "nope" to load.',
    );
    expect(() => file.load(anything('bdoy'))).toThrow(UnknownFieldError);
    expect(() => file.load(anything('bdoy'))).toThrow('File has no field "bdoy". Did you mean "body"?');
    expect(() => post.load(anything('tag'))).toThrow('Did you mean "tags"?');
    await expect(plain.async.load(anything('nope'))).rejects.toThrow('neither relations nor deferred columns');
  });

  it('is no value of a relation', async () => {
    await open({ models: [Post, Tag, Group] });
    const post = Post.create({ title: 'x' });
    for (const value of [5, 'x', {}, [5], [post], [null], null, new Set()]) {
      expect(() => (post.tags = anything(value))).toThrow(QueryError);
      expect(() => (post.tags = anything(value))).toThrow(
        'Post.tags was assigned something that is no Tag. Assign an array of instances of Tag.',
      );
    }
    const tags = [Tag.create({ name: 'x' })];
    post.tags = tags;
    expect(post.tags).toBe(tags);
    expect(() => Post.createGraph({ title: 'x', tags: new Array<never>(1) })).toThrow('something that is no Tag');
  });

  it('is no match of findOrCreate', async () => {
    await open({ models: [Post, Tag, Group] });
    const group = Group.create({ name: 'g' });
    for (const find of [
      () => Tag.findOrCreate(anything({ group })),
      () => Tag.updateOrCreate(anything({ group }), {}),
    ]) {
      expect(find).toThrow(QueryError);
      expect(find).toThrow('Tag.group is a relation, and rows are matched by columns. Name its key.');
    }
    expect(Tag.count()).toBe(0);
  });
});
