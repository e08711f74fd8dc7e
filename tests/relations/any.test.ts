import { describe, expect, it } from 'vitest';
import {
  belongsToAny,
  choice,
  defineModel,
  DefinitionError,
  every,
  hasMany,
  hasManyThrough,
  hasOne,
  id,
  integer,
  like,
  Model,
  none,
  not,
  ofModel,
  or,
  QueryError,
  relate,
  some,
  table,
  text,
  uuid,
  type Generated,
} from 'litemodel';
import { dialects, run } from '../dialects/compile.js';
import { ddlOf } from '../dialects/ddl.js';
import { drivers, statementsOf } from '../open-database.js';

@table('albums')
class Album extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
  @hasMany(() => Photo, 'albumId') photos!: Photo[];
  @hasManyThrough(() => Comment, 'photos.comments') comments!: Comment[];
}
@table('posts')
class Post extends Model {
  @id() id!: Generated<number>;
  @text() title!: string;
  @hasMany(() => Comment, 'subject') comments!: Comment[];
  @hasOne(() => Comment, 'subject') firstComment!: Comment | null;
}
@table('photos')
class Photo extends Model {
  @id() id!: Generated<number>;
  @text() title!: string;
  @integer({ nullable: true }) albumId!: number | null;
  @hasMany(() => Comment, 'subject') comments!: Comment[];
}
@table('comments')
class Comment extends Model {
  @id() id!: Generated<number>;
  @text() body!: string;
  @choice(['post', 'photo'], { nullable: true }) subjectType!: 'post' | 'photo' | null;
  @integer({ nullable: true }) subjectId!: number | null;
  @belongsToAny(() => ({ post: Post, photo: Photo }), 'subjectType', 'subjectId', { nullable: true }) subject!:
    Post | Photo | null;
}
const models = [Album, Post, Photo, Comment];

/** A post and a photo with the same key, each with comments, and a comment on nothing. */
function fill() {
  const album = Album.create({ name: 'zoo' });
  const post = Post.create({ title: 'Owls' });
  Post.create({ title: 'Cats' });
  const photo = Photo.create({ title: 'Owl', albumId: album.id });
  for (const body of ['p1', 'p2']) post.related('comments').create({ body });
  photo.related('comments').create({ body: 'f1' });
  Comment.create({ body: 'lost' });
  return { album, post, photo };
}

const bodies = (comments: readonly Comment[]): string => comments.map(({ body }) => body).join(' ');

describe('the table of a relation to one of several models', () => {
  it('has an index of both columns, and no foreign key', () => {
    const ddl = ddlOf([Comment]);
    expect(ddl).toHaveLength(2);
    expect(ddl[0]).not.toContain('FOREIGN KEY');
    expect(ddl[1]).toBe(
      'CREATE INDEX "comments_subject_type_subject_id_index" ON "comments" ("subject_type", "subject_id")',
    );
  });
});

describe.each(drivers)('a relation to one of several models on $name', ({ open }) => {
  it('is read along with one statement for each model', async () => {
    const db = await open({ models });
    fill();
    let comments: Comment[] = [];
    const statements = statementsOf(db, () => (comments = Comment.with('subject').orderBy('id').all()));
    expect(statements.slice(1)).toEqual([
      'SELECT "id", "title" FROM "posts" WHERE "id" IN (SELECT "value" FROM json_each(?))',
      'SELECT "id", "title", "album_id" FROM "photos" WHERE "id" IN (SELECT "value" FROM json_each(?))',
    ]);
    expect(comments.map(({ subject }) => subject?.title)).toEqual(['Owls', 'Owls', 'Owl', undefined]);
    expect(comments[0]!.subject).toBeInstanceOf(Post);
    expect(comments[2]!.subject).toBeInstanceOf(Photo);
    expect(comments[3]!.subject).toBeNull();
    expect(
      statementsOf(db, () =>
        Comment.filter({ body: like('p%') })
          .with('subject')
          .all(),
      ),
    ).toHaveLength(2);
    expect(statementsOf(db, () => Comment.filter({ body: 'lost' }).with({ subject: true }).all())).toHaveLength(1);
  });

  it('is loaded when it is touched, and follows its columns', async () => {
    const db = await open({ models });
    const { photo } = fill();
    expect(statementsOf(db, () => Comment.all().map(({ subject }) => subject?.title))).toHaveLength(3);
    const comment = Comment.findById(1)!;
    expect(comment.subject!.title).toBe('Owls');
    comment.subjectType = 'photo';
    expect(comment.subject).toBeInstanceOf(Photo);
    comment.subject = Post.findById(2)!;
    expect([comment.subjectType, comment.subjectId]).toEqual(['post', 2]);
    comment.save();
    expect(Comment.findById(1)!.subject!.title).toBe('Cats');
    comment.subject = null;
    expect([comment.subjectType, comment.subjectId, comment.subject]).toEqual([null, null, null]);
    expect(() => (comment.subject = Album.findById(1) as never)).toThrow(
      'Comment.subject cannot be this. Assign an instance: Post, Photo.',
    );
    expect(() => (comment.subject = Post.build({ title: 'x' }))).toThrow('no key yet');
    photo.delete(); // no foreign key keeps it
    expect(Comment.findById(3)!.subject).toBeNull();
  });

  it('has an inverse, which knows the rows of its own model', async () => {
    const db = await open({ models });
    const { post, photo, album } = fill();
    expect([bodies(post.comments), bodies(photo.comments), post.firstComment!.body]).toEqual(['p1 p2', 'f1', 'p1']);
    let posts: Post[] = [];
    const statements = statementsOf(
      db,
      () => (posts = Post.with({ comments: { limit: 1, orderBy: ['id', 'desc'] } }).all()),
    );
    expect(statements[1]).toContain('WHERE "subject_id" IN (SELECT "value" FROM json_each(?)) AND "subject_type" = ?');
    expect(posts.map(({ comments }) => bodies(comments))).toEqual(['p2', '']);
    const made = post.related('comments').create({ body: 'p3' });
    expect([made.subjectType, made.subjectId, bodies(post.comments)]).toEqual(['post', 1, 'p1 p2 p3']);
    expect(statementsOf(db, () => expect(photo.related('comments').delete()).toBe(1))).toEqual([
      'DELETE FROM "comments" WHERE "subject_id" = ? AND "subject_type" = ?',
    ]);
    expect(Comment.count()).toBe(4);
    photo.related('comments').create({ body: 'f2' });
    expect(bodies(album.comments)).toBe('f2');
    expect(album.related('comments').pluck('body')).toEqual(['f2']);
    expect(Album.filter({ comments: some({ body: 'f2' }) }).count()).toBe(1);
    expect(Album.filter({ comments: some({ body: 'p1' }) }).count()).toBe(0);
  });

  it('stands in conditions', async () => {
    const db = await open({ models });
    const { post, photo } = fill();
    const found = (where: Parameters<typeof Comment.filter<Comment>>[0]) =>
      Comment.filter(where).orderBy('id').pluck('body').join(' ');
    const statements = statementsOf(db, () =>
      expect(found({ subject: ofModel(Post, { title: like('Ow%') }) })).toBe('p1 p2'),
    );
    expect(statements).toEqual([
      'SELECT "body" FROM "comments" WHERE "subject_type" = ? AND EXISTS (SELECT 1 FROM "posts" ' +
        `WHERE "posts"."id" = "comments"."subject_id" AND "posts"."title" LIKE ? ESCAPE '\\') ORDER BY "id"`,
    ]);
    expect(found({ subject: ofModel(Photo) })).toBe('f1');
    expect(found({ subject: { title: like('Owl%') } })).toBe('p1 p2 f1');
    expect(found({ subject: { title: 'Owl' } })).toBe('f1');
    expect(found({ subject: post })).toBe('p1 p2');
    expect(found({ subject: photo })).toBe('f1');
    expect(found({ subject: null })).toBe('lost');
    expect(found(or({ subject: post }, { subject: null }))).toBe('p1 p2 lost');
    expect(found(not({ subject: ofModel(Post) }))).toBe('f1 lost'); // what leads nowhere leads to no post
    expect(Post.filter({ comments: some({ body: 'f1' }) }).count()).toBe(0);
    expect(Post.filter({ comments: none() }).pluck('title')).toEqual(['Cats']);
    expect(Photo.filter({ comments: every({ body: 'f1' }) }).count()).toBe(1);
    expect(Post.filter({ firstComment: { subject: { title: 'Owls' } } }).count()).toBe(1);
    expect(() => found({ subject: ofModel(Album as never) })).toThrow(
      'Comment.subject does not lead to Album. It leads to one of Post, Photo.',
    );
    expect(() => found({ subject: undefined as never })).toThrow('is undefined');
    expect(() => found({ subject: { title: undefined as never } })).toThrow('is undefined');
  });

  it('is the query of the model that it leads to', async () => {
    const db = await open({ models });
    fill();
    const [onPost, , onPhoto, lost] = Comment.query().orderBy('id').all();
    expect(onPost!.related('subject').pluck('title')).toEqual(['Owls']);
    expect(onPhoto!.related('subject').update({ title: 'x' })).toBe(1);
    expect(Photo.findById(1)!.title).toBe('x');
    expect(statementsOf(db, () => expect(lost!.related('subject').all()).toEqual([]))).toEqual([]);
    expect(() => lost!.related('subject').delete()).toThrow('Comment.subject is null here');
    expect(() => onPost!.related('subject').create({} as never)).toThrow('Comment.subject makes no Post of its own.');
    expect(Comment.build({ body: 'x', subjectType: 'post', subjectId: 1 }).related('subject').count()).toBe(0);
  });

  it('says what it cannot do', async () => {
    await open({ models });
    fill();
    const several =
      'Comment.subject leads to one of several models, and what is said here is about one. ' +
      'Name the relation alone, or a condition by ofModel(Post, { … }).';
    expect(() => Comment.with({ subject: { limit: 1 } })).toThrow(several);
    expect(() => Comment.with('subject.comments')).toThrow(QueryError);
    class Loose extends defineModel(
      'comments',
      { id: id(), body: text(), subjectType: text({ nullable: true }), subjectId: integer({ nullable: true }) },
      { modelName: 'Loose' },
    ) {
      declare subject: Post | null;
      static {
        relate(Loose, {
          subject: belongsToAny(() => ({ post: Post }), 'subjectType', 'subjectId', { nullable: true }),
        });
      }
    }
    const other = await open({ models: [Post], alias: 'other' });
    expect(() => Loose.using(other).create({ body: 'x', subjectType: 'video', subjectId: 1 }).subject).toThrow(
      'A Loose has a subjectType for which Loose.subject names no model. It names "post".',
    );
  });
});

describe('a declaration of belongsToAny', () => {
  const refused = (columns: object, relation: object): string => {
    class Thing extends defineModel('things', { id: id(), ...columns }, { modelName: 'Thing' }) {
      static {
        relate(Thing, { subject: relation } as object);
      }
    }
    try {
      ddlOf([Thing]);
    } catch (error) {
      expect(error).toBeInstanceOf(DefinitionError);
      return (error as Error).message;
    }
    throw new Error('It was not refused.');
  };
  const Keyed = defineModel('keyed', { id: uuid({ primaryKey: true }) }, { modelName: 'Keyed' });
  const Paired = defineModel('paired', { a: integer(), b: integer() }, { primaryKey: ['a', 'b'], modelName: 'Paired' });
  const both = { kind: text(), key: integer() };

  it.each([
    [
      { key: integer() },
      belongsToAny(() => ({ post: Post }), 'kind', 'key'),
      'Thing.subject goes by "kind", which is no column of Thing. Declare it: @text() kind!: string.',
    ],
    [
      { kind: text() },
      belongsToAny(() => ({ post: Post }), 'kind', 'key'),
      'Thing.subject goes by "key", which is no column of Thing. Declare it: @integer() key!: number.',
    ],
    [
      both,
      belongsToAny(() => ({ post: Post }), 'kind', 'key', { nullable: true }),
      'Thing.subject is nullable, but its columns are otherwise: kind, key. Give both and the relation { nullable: true }, or none of them.',
    ],
    [
      both,
      belongsToAny(() => ({ keyed: Keyed }), 'kind', 'key'),
      'Thing.subject goes by Thing.key, which is INTEGER, while Keyed.id is TEXT. Give both columns the same type.',
    ],
    [
      both,
      belongsToAny(() => ({ paired: Paired }), 'kind', 'key'),
      'Thing.subject goes by key, but the primary key of Paired has several columns. Name models with a key of one column.',
    ],
    [both, belongsToAny(() => ({ a: Post, b: Post }), 'kind', 'key'), 'Thing.subject names Post twice.'],
    [
      { ...both, kind: choice(['photo']) },
      belongsToAny(() => ({ post: Post }), 'kind', 'key'),
      'Thing.subject names a model "post", which Thing.kind cannot hold. Let the column take it: it is one of "photo".',
    ],
    [
      {},
      hasMany(() => Comment, 'subject'),
      'Thing.subject goes by Comment.subject, which does not lead to Thing. Add the model to those of Comment.subject.',
    ],
  ])('is refused: %#', (columns, relation, message) => {
    expect(refused(columns, relation)).toBe(message);
  });

  it.each(dialects)('works compiled by $name', async (compiler) => {
    const made = run(
      compiler,
      `
import { belongsToAny, hasMany, id, integer, Model, table, text } from 'litemodel';
@table('a') export class A extends Model { @id() id: number; @hasMany(() => C, 'of') cs: C[]; }
@table('b') export class B extends Model { @id() id: number; @hasMany(() => C, 'of') cs: C[]; }
@table('c') export class C extends Model {
  @id() id: number; @text() type: string; @integer() key: number;
  @belongsToAny(() => ({ a: A, b: B }), 'type', 'key') of: A | B;
}`,
    ) as Record<
      'A' | 'B' | 'C',
      { new (): { of: object; cs: object[] }; create(fields: object): { of: object; cs: object[] } }
    >;
    await drivers[0]!.open({ models: Object.values(made) });
    const [a, b] = [made.A.create({}), made.B.create({})];
    expect(made.C.create({ type: 'b', key: 1 }).of).toBeInstanceOf(made.B);
    expect([a.cs, b.cs].map((cs) => cs.length)).toEqual([0, 1]);
  });
});
