import { beforeEach, describe, expect, it } from 'vitest';
import { belongsToAny, hasMany, id, integer, Model, QueryError, some, sql, table, text } from 'litemodel';
import type { Database, Generated } from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';
import { Comment, Post as Article, User, Profile } from './blog.js';
import { Cup, Friendship, Group, Person, Post, Tag, Team } from './tags.js';

@table('marks')
class Mark extends Model {
  @id() id!: Generated<number>;
  @text() kind!: string;
  @integer() subjectId!: number;
  @belongsToAny(() => ({ cup: Ship, tag: Boat }), 'kind', 'subjectId') subject!: Ship | Boat;
}
@table('ships')
class Ship extends Model {
  @id() id!: Generated<number>;
  @hasMany(() => Mark, 'subject') marks!: Mark[];
}
@table('boats')
class Boat extends Model {
  @id() id!: Generated<number>;
}

const tagged = [Post, Tag, Group, Person, Friendship, Team, Cup, Mark, Ship, Boat];
const blog = [User, Profile, Article, Comment];

describe.each(drivers)('an instance of another database on $name', ({ open }) => {
  let [here, there]: Database[] = [];
  beforeEach(async () => {
    here = await open({ models: tagged });
    there = await open({ alias: 'there', models: tagged });
  });

  const message = (model: string, other: string): string =>
    `This ${model} is in the database "there", and ${other} in "default". ` +
    `Read or save one in "default": the same key means another row there.`;

  it('is not linked by its bare key, nor are links to it deleted', () => {
    const post = Post.using(here!).create({ title: 'Owls' });
    const tag = Tag.using(here!).create({ name: 'birds' });
    const foreign = Tag.using(there!).create({ name: 'ships' });
    post.related('tags').attach(tag);
    const statements = statementsOf(here!, () => {
      for (const verb of ['attach', 'detach', 'sync', 'toggle'] as const) {
        const change = (): unknown => post.related('tags')[verb]([tag, foreign]);
        expect(change).toThrow(QueryError);
        expect(change).toThrow(message('Tag', 'this Post'));
      }
    });
    expect(statements.filter((text) => !/^(BEGIN|ROLLBACK)/.test(text))).toEqual([]);
    expect(here!.all(sql`SELECT * FROM posts_tags`)).toEqual([{ posts_id: 1, tags_id: 1 }]);
    post.related('tags').attach(foreign.id); // a key is a key
  });

  it('is not linked by the asynchronous face either', async () => {
    const post = Post.using(here!).create({ title: 'Owls' });
    const foreign = Tag.using(there!).create({ name: 'ships' });
    await expect(post.async.related('tags').attach(foreign)).rejects.toThrow(message('Tag', 'this Post'));
    expect(here!.all(sql`SELECT * FROM posts_tags`)).toEqual([]);
  });

  it('is no condition, on whatever side of the relation its key stands', async () => {
    const foreign = Tag.using(there!).create({ name: 'ships' });
    const posts = Post.using(here!).filter({ tags: some() });
    const group = Group.using(there!).create({ name: 'g' });
    const ofGroup = Tag.using(here!).filter({ group });
    const refused = message('Group', 'the query of Tag');
    const statements = statementsOf(here!, () => {
      expect(() => ofGroup.all()).toThrow(QueryError);
      expect(() => ofGroup.all()).toThrow(refused);
      expect(() => ofGroup.count()).toThrow(refused);
      expect(() => ofGroup.exists()).toThrow(refused);
      expect(() => ofGroup.pluck('id')).toThrow(refused);
      expect(() => ofGroup.delete()).toThrow(refused);
      expect(() => ofGroup.update({ name: 'x' })).toThrow(refused);
      expect(() => posts.filter({ tags: some({ group }) }).all()).toThrow(message('Group', 'the query of Post'));
      expect(() => [...ofGroup.iterate()]).toThrow(refused);
    });
    expect(statements.filter((text) => !/^(BEGIN|ROLLBACK)/.test(text))).toEqual([]);
    await expect(ofGroup.async.all()).rejects.toThrow(refused);
    expect(Tag.using(there!).filter({ group }).count()).toBe(0);
    expect(foreign.id).toBe(1);
  });

  it('is no condition on a relation to one of several models', () => {
    const ship = Ship.using(there!).create({});
    expect(() => Mark.using(here!).filter({ subject: ship }).all()).toThrow(message('Ship', 'the query of Mark'));
    expect(Mark.using(there!).filter({ subject: ship }).all()).toEqual([]);
  });

  it('is not what a row refers to', () => {
    const tag = Tag.using(here!).create({ name: 'birds' });
    const group = Group.using(there!).create({ name: 'g' });
    expect(() => (tag.group = group)).toThrow(QueryError);
    expect(() => (tag.group = group)).toThrow(message('Group', 'this Tag'));
    expect([tag.groupId, tag.group]).toEqual([null, null]);
    const ship = Ship.using(there!).create({});
    const mark = Mark.using(here!).create({ kind: 'tag', subjectId: 7 });
    expect(() => (mark.subject = ship)).toThrow(message('Ship', 'this Mark'));
    expect([mark.kind, mark.subjectId]).toEqual(['tag', 7]);
  });

  it('is not what a new row refers to, once it is known where that is inserted', async () => {
    const group = Group.using(there!).create({ name: 'g' });
    const tag = new Tag();
    Object.assign(tag, { name: 'birds', group });
    Tag.using(there!);
    const built = Tag.using(here!).build({ name: 'birds' });
    expect(() => (built.group = group)).toThrow(message('Group', 'this Tag'));
    there!.close();
    const anew = await open({ alias: 'there', models: [] });
    expect(() => tag.save()).toThrow(
      'This Group is in the database "there", which is closed, and this Tag in "default".',
    );
    expect(Tag.using(here!).count()).toBe(0);
    anew.close();
    Object.assign(tag, { group: Group.using(here!).create({ name: 'h' }) }).save();
    expect(tag.groupId).toBe(1);
  });

  it('is not what a graph leads to', () => {
    const group = Group.using(there!).create({ name: 'g' });
    expect(() => Tag.using(here!).createGraph({ name: 'x', group })).toThrow(message('Group', 'the graph'));
    expect(Tag.using(here!).count()).toBe(0);
  });
});

describe.each(drivers)('a hasOne or hasMany on $name', ({ open }) => {
  it('is not compared with an instance of another database', async () => {
    const here = await open({ models: blog });
    const there = await open({ alias: 'there', models: blog });
    const ann = User.using(there).create({ name: 'Ann' });
    const profile = Profile.using(there).create({ userId: ann.id, bio: 'x' });
    const users = User.using(here).filter({ profile });
    expect(() => users.all()).toThrow('This Profile is in the database "there", and the query of User in "default".');
    expect(User.using(there).filter({ profile }).all()).toHaveLength(1);
  });
});
