import { describe, expect, it } from 'vitest';
import { belongsTo, hasMany, id, integer, manyToMany, Model, QueryError, table, text, type Generated } from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';
import { blog, Category, Comment, Post as Article, User } from '../relations/blog.js';
import { Friendship, Group, Person, Post, Tag } from '../relations/tags.js';

@table('nodes')
class Node extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
  @manyToMany(() => Node, { from: 'from_id', to: 'to_id', table: 'edges' }) targets!: Node[];
  @manyToMany(() => Node, { from: 'to_id', to: 'from_id', table: 'edges' }) sources!: Node[];
}

@table('parts')
class Part extends Model {
  @id() id!: Generated<number>;
  @integer({ nullable: true }) wholeId!: number | null;
  @belongsTo(() => Part, 'wholeId', { nullable: true }) whole!: Part | null;
  @hasMany(() => Part, 'wholeId') parts!: Part[];
}

describe.each(drivers)('a link that is given from both ends on $name', ({ open }) => {
  it('is one link, of an implied table', async () => {
    const db = await open({ models: [Post, Tag, Group] });
    const post: Record<string, unknown> = { title: 'Owls' };
    const birds = { name: 'birds', groupId: null, posts: [post] };
    const night = { name: 'night', groupId: null };
    post.tags = [birds, night];
    const statements = statementsOf(db, () => Post.createGraph(post as never));
    expect(statements.filter((text) => text.startsWith('INSERT INTO "posts_tags"'))).toHaveLength(2);
    const read = Post.with('tags.posts').one();
    expect(read.tags.map(({ name, posts }) => [name, posts.length])).toEqual([
      ['birds', 1],
      ['night', 1],
    ]);
  });

  it('is one link, of a join model', async () => {
    await open({ models: [Person, Friendship] });
    const ann: Record<string, unknown> = { name: 'Ann' };
    const bob = { name: 'Bob', friendOf: [ann] };
    ann.friends = [bob];
    const made = Person.createGraph(ann as never);
    expect(Friendship.all().map(({ personId, friendId }) => [personId, friendId])).toEqual([
      [made.id, made.friends[0]!.id],
    ]);
  });

  it('is two where each leads to the other', async () => {
    await open({ models: [Node] });
    const ann: Record<string, unknown> = { name: 'a' };
    const bob: Record<string, unknown> = { name: 'b', targets: [ann], sources: [ann] };
    ann.targets = [bob];
    const made = Node.createGraph(ann as never);
    const read = Node.with('targets', 'sources').filter({ id: made.id }).one();
    expect([read.targets.map(({ name }) => name), read.sources.map(({ name }) => name)]).toEqual([['b'], ['b']]);
  });

  it('is one link in a unit of work', async () => {
    const db = await open({ models: [Post, Tag, Group] });
    const post: Record<string, unknown> = { title: 'Owls' };
    post.tags = [{ name: 'birds', groupId: null, posts: [post] }];
    db.unitOfWork((work) => {
      work.create(Post, post as never);
      work.flush();
    });
    expect(Post.with('tags').one().tags).toHaveLength(1);
  });
});

describe.each(drivers)('a graph that contradicts itself on $name', ({ open }) => {
  const refused = (db: Awaited<ReturnType<typeof open>>, work: () => unknown, message: string): void => {
    expect([User.count(), Article.count()]).toEqual([0, 0]); // which finds their tables
    const statements = statementsOf(db, () => {
      expect(work).toThrow(QueryError);
      expect(work).toThrow(message);
    });
    expect(statements).toEqual([]);
    expect([User.count(), Article.count()]).toEqual([0, 0]);
  };

  it('is refused where a nested row refers to another one', async () => {
    const db = await open({ models: blog });
    refused(
      db,
      () => User.createGraph({ name: 'Ann', posts: [{ title: 'Owls', author: { name: 'Bob' } }] }),
      'A Post in this graph is to refer to two rows by Post.author.',
    );
  });

  it('is refused where a row is nested under two others', async () => {
    const db = await open({ models: blog });
    const post = { title: 'Owls' };
    const bob = { name: 'Bob', posts: [post] };
    refused(
      db,
      () => User.createGraph({ name: 'Ann', posts: [post, { title: 'Cats', editor: bob }] }),
      'A Post in this graph is to refer to two rows by Post.author.',
    );
  });

  it('is refused where a stored row is nested under two others', async () => {
    await open({ models: [Part] });
    const old = Part.create({});
    const graph = { parts: [{ parts: [old] }, { parts: [old] }] };
    expect(() => Part.createGraph(graph)).toThrow('A Part in this graph is to refer to two rows by Part.whole.');
    expect([Part.count(), old.wholeId]).toEqual([1, null]);
    old.save();
    expect(Part.query().one().wholeId).toBeNull();
  });

  it('is refused where a key says otherwise than what is nested', async () => {
    const db = await open({ models: blog });
    refused(
      db,
      () => Article.createGraph({ title: 'Owls', author: { name: 'Ann' }, editor: { name: 'Eve' }, editorId: 7 }),
      'A Post in this graph has another value in editorId than Post.editor gives it.',
    );
    const ann = User.create({ name: 'Ann' });
    const post = Article.createGraph({ title: 'Owls', authorId: ann.id, author: ann });
    expect(post.authorId).toBe(ann.id);
  });

  it('is fine where a row and what it is nested in lead to each other', async () => {
    await open({ models: blog });
    const ann: Record<string, unknown> = { name: 'Ann' };
    ann.posts = [{ title: 'Owls', author: ann }];
    const made = User.createGraph(ann as never);
    expect(made.posts[0]!.authorId).toBe(made.id);
    expect(Category.count() + Comment.count()).toBe(0);
  });

  it('leaves nothing to be inserted in a unit of work', async () => {
    const db = await open({ models: blog });
    db.unitOfWork((work) => {
      const eve = work.create(User, { name: 'Eve' });
      const wrong = { name: 'Ann', posts: [{ title: 'x', author: { name: 'Bob' } }] };
      expect(() => work.create(User, wrong)).toThrow(QueryError);
      expect(() => work.create(User, { name: 'Ann', posts: [{ titel: 'x' }] } as never)).toThrow(
        'Did you mean "title"?',
      );
      expect(() => work.create(Article, { title: 'x', author: eve, comments: 5 } as never)).toThrow('takes an array');
    });
    expect([User.query().pluck('name'), Article.count()]).toEqual([['Eve'], 0]);
  });
});
