/*
 * No path returns a deleted row unless it asks for it. Each line is one path: what it finds among rows of which some are deleted, and
 * with `withDeleted` that the deleted ones are there at all.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import {
  columns,
  every,
  none,
  ofModel,
  oneOf,
  or,
  recordSet,
  Repository,
  some,
  sql,
  type Database,
  type UnitOfWork,
} from 'litemodel';
import { drivers } from '../open-database.js';
import { Comment, models, Note, Post, Profile, Tag, User } from './models.js';

const titles = (posts: readonly { readonly title: string }[]): string[] => posts.map(({ title }) => title);
const names = (users: readonly { readonly name: string }[]): string[] => users.map(({ name }) => name);
const bodies = (rows: readonly { readonly body: string }[]): string[] => rows.map(({ body }) => body);
const ann = (): User => User.findById(1)!;
const owls = (): Post => Post.findById(1)!;
const orphan = (): Post => Post.filter({ title: 'Orphan' }).one();

/**
 * Ann has the posts Owls and Gone, of which Gone is deleted; Owls has the comments nice and rude, the tags birds and night, each of
 * which is also pinned, and the notes read and lost: of each the second is deleted. Eve is deleted, and has the post Orphan, which
 * was written afterwards, while Ann's profile is deleted.
 */
function fill(): void {
  const first = User.create({ email: 'ann@x.org', name: 'Ann' });
  const eve = User.create({ email: 'eve@x.org', name: 'Eve' });
  const post = Post.create({ title: 'Owls', authorId: first.id });
  Post.create({ title: 'Draft', authorId: first.id, draft: 1 });
  const gone = Post.create({ title: 'Gone', authorId: first.id });
  const [, rude] = ['nice', 'rude'].map((body) => Comment.create({ body, postId: post.id }));
  Comment.create({ body: 'of what is gone', postId: gone.id });
  const tags = ['birds', 'night'].map((name) => Tag.create({ name }));
  post.related('tags').attach(tags);
  post.related('pinned').attach(tags);
  gone.related('tags').attach(tags);
  const [, lost] = ['read', 'lost'].map((body) => Note.create({ body, subjectType: 'post', subjectId: post.id }));
  const profile = Profile.create({ bio: 'me', userId: first.id });
  for (const each of [gone, eve, rude, tags[1], lost, profile]) each!.delete();
  Post.create({ title: 'Orphan', authorId: eve.id });
  Note.create({ body: 'of Eve', subjectType: 'user', subjectId: eve.id });
}

const paths: Readonly<Record<string, readonly [find: () => unknown, found: unknown]>> = {
  all: [() => names(User.all()), ['Ann']],
  'query().all': [() => names(User.query().all()), ['Ann']],
  filter: [() => User.filter({ name: 'Eve' }).all(), []],
  'filter with or': [() => names(User.filter(or({ name: 'Eve' }, { name: 'Ann' })).all()), ['Ann']],
  'filter with SQL': [() => names(User.filter(sql`name = 'Eve' OR name = 'Ann'`).all()), ['Ann']],
  findById: [() => User.findById(2), undefined],
  first: [() => User.filter({ name: 'Eve' }).first(), undefined],
  'one of two': [() => User.query().one().name, 'Ann'],
  count: [() => User.count(), 1],
  'count of a query': [() => User.query().count(), 1],
  'count of the first': [() => User.query().limit(5).count(), 1],
  exists: [() => User.filter({ name: 'Eve' }).exists(), false],
  pluck: [() => User.query().pluck('name'), ['Ann']],
  iterate: [() => names([...User.query().iterate({ batch: 1 })]), ['Ann']],
  'a page by number': [() => User.query().page({ size: 5, number: 1 }).total, 1],
  'a page by cursor': [() => names(User.query().page({ size: 5 }).rows), ['Ann']],
  distinct: [() => names(User.query().distinct().all()), ['Ann']],
  'select of fields': [() => User.query().select('name').all(), [{ name: 'Ann' }]],
  'select of SQL': [
    () =>
      User.query()
        .select({ n: sql<number>`length(name)` })
        .all(),
    [{ n: 3 }],
  ],
  orderBy: [() => names(User.query().orderBy('name').all()), ['Ann']],
  limit: [() => names(User.query().orderBy(['id', 'desc']).limit(1).all()), ['Ann']],
  'out of all scopes': [() => titles(Post.query().unscoped().orderBy('id').all()), ['Owls', 'Draft', 'Orphan']],
  'under other scopes': [() => titles(Post.query().withDeleted().orderBy('id').all()), ['Owls', 'Gone', 'Orphan']],
  'a subquery': [() => titles(Post.filter({ authorId: oneOf(User.query().select('id')) }).all()), ['Owls']],
  'a subquery in SQL': [
    () => titles(Post.filter(sql`${columns(Post).authorId} IN ${User.query().select('id')}`).all()),
    ['Owls'],
  ],
  'another database object': [() => new (Repository(User))().count(), 1],
  'a repository by key': [() => new (Repository(User))().findById(2), undefined],
  'update of a query': [() => User.filter({ id: oneOf([1, 2]) }).update({ name: 'x' }), 1],
  'update of all': [() => User.updateAll({ name: 'x' }), 1],
  'update that returns': [
    () =>
      names(
        User.filter({ id: oneOf([1, 2]) })
          .returning()
          .update({ name: 'x' }),
      ),
    ['x'],
  ],
  findOrCreate: [() => User.findOrCreate({ email: 'eve@x.org' }, { name: 'New' }).name, 'New'],
  updateOrCreate: [() => User.updateOrCreate({ email: 'eve@x.org' }, { name: 'New' }).id, 3],
  'a relation to many, read along': [() => titles(User.with('posts').one().posts), ['Owls']],
  'a limited relation, read along': [
    () => titles(User.with({ posts: { orderBy: ['id', 'desc'], limit: 1 } }).one().posts),
    ['Owls'],
  ],
  'a relation to many, touched': [() => titles(ann().posts), ['Owls']],
  'a relation to many, loaded': [() => titles(ann().load('posts').posts), ['Owls']],
  'a relation to many, as a query': [() => titles(ann().related('posts').all()), ['Owls']],
  'a relation to many, counted': [() => ann().related('posts').count(), 1],
  'a relation to many, in a shape': [
    () =>
      User.query()
        .select({ name: true, posts: { title: true } })
        .all(),
    [{ name: 'Ann', posts: [{ title: 'Owls' }] }],
  ],
  'the way to one, touched': [() => orphan().author, null],
  'the way to one, read along': [() => Post.filter({ title: 'Orphan' }).with('author').one().author, null],
  'the way to one, as a query': [() => orphan().related('author').exists(), false],
  'the way to one, in a shape': [
    () =>
      Post.filter({ title: 'Orphan' })
        .select({ author: { name: true } })
        .all(),
    [{ author: null }],
  ],
  'the other side of one': [() => ann().profile, null],
  'a link of an implied table': [() => names(owls().tags), ['birds']],
  'a link of an implied table, from behind': [() => titles(Tag.with('posts').one().posts), ['Owls']],
  'a link of a model': [() => names(owls().pinned), ['birds']],
  'limited links': [
    () =>
      names(
        Post.filter({ id: 1 })
          .with({ tags: { limit: 5, orderBy: ['id', 'desc'] } })
          .one().tags,
      ),
    ['birds'],
  ],
  'links as a query': [() => names(owls().related('tags').all()), ['birds']],
  'through others': [() => bodies(ann().comments), ['nice']],
  'through others, read along': [() => bodies(User.with('comments').one().comments), ['nice']],
  'through others, limited': [() => bodies(User.with({ comments: { limit: 5 } }).one().comments), ['nice']],
  'through others, as a query': [() => bodies(ann().related('comments').all()), ['nice']],
  'a path': [
    () =>
      User.with('posts.comments')
        .one()
        .posts.map((post) => bodies(post.comments)),
    [['nice']],
  ],
  'of one of several models': [() => Note.filter({ body: 'of Eve' }).one().subject, null],
  'of one of several models, read along': [() => Note.filter({ body: 'of Eve' }).with('subject').one().subject, null],
  'the other side of several models': [() => ann().notes, []],
  'a condition on one': [() => titles(Post.filter({ author: { name: oneOf(['Ann', 'Eve']) } }).all()), ['Owls']],
  'a condition on any': [() => Post.filter({ comments: some({ body: 'rude' }) }).count(), 0],
  'a condition on links': [() => Post.filter({ tags: some({ name: 'night' }) }).count(), 0],
  'a condition on all': [() => titles(Post.filter({ comments: every({ body: 'nice' }), id: 1 }).all()), ['Owls']],
  'a condition on none': [() => titles(Post.filter({ comments: none({ body: 'rude' }), id: 1 }).all()), ['Owls']],
  'a condition through others': [() => User.filter({ comments: some({ body: 'of what is gone' }) }).count(), 0],
  'a condition on no profile': [() => names(User.filter({ profile: null }).all()), ['Ann']],
  'a condition on one of several models': [() => Note.filter({ subject: ofModel(User, { name: 'Eve' }) }).count(), 0],
  withCount: [() => User.query().withCount('posts').one().postsCount, 1],
  'withCount of some': [
    () =>
      User.query()
        .withCount({ posts: { title: 'Gone' } })
        .one().postsCount,
    0,
  ],
  'withCount of links': [() => Post.filter({ id: 1 }).withCount('tags').one().tagsCount, 1],
  'withCount through others': [() => User.query().withCount('comments').one().commentsCount, 1],
  'order by a related field': [
    () => Post.query().orderBy('author.name').pluck('title'), // of none first, as SQLite sorts NULL
    ['Orphan', 'Owls'],
  ],
  'a derived column': [() => ann().postCount, 1],
  'a unit of work': [() => work((found) => found.find(User, 2)), { found: undefined }],
  'a query of a unit of work': [() => work((found) => names(found.query(User).all())), { found: ['Ann'] }],
  'siblings of a record set': [() => recordSet(User.all()).write({ name: 'x' }), 1],
  'withDeleted, not of relations': [
    () =>
      User.query()
        .withDeleted()
        .with('posts')
        .orderBy('id')
        .all()
        .map(({ posts }) => titles(posts)),
    [['Owls'], ['Orphan']],
  ],
  'what was deleted, asked for': [() => names(User.query().withDeleted().orderBy('id').all()), ['Ann', 'Eve']],
  'what was deleted, alone': [() => names(User.query().onlyDeleted().all()), ['Eve']],
  'a relation, asked for': [
    () => titles(User.with({ posts: { withDeleted: true, orderBy: 'id' } }).one().posts),
    ['Owls', 'Gone'],
  ],
  'the way to one, asked for': [
    () =>
      Post.filter({ title: 'Orphan' })
        .with({ author: { withDeleted: true } })
        .one().author.name,
    'Eve',
  ],
  'a relation as a query, asked for': [
    () => titles(ann().related('posts').withDeleted().orderBy('id').all()),
    ['Owls', 'Gone'],
  ],
  'links, asked for': [() => names(owls().related('tags').withDeleted().orderBy('id').all()), ['birds', 'night']],
};

let db: Database;

const work = <Result>(body: (work: UnitOfWork) => Result): unknown => db.unitOfWork((unit) => ({ found: body(unit) }));

describe.each(drivers)('the rows that a path finds on $name', ({ open }) => {
  beforeEach(async () => {
    db = await open({ models });
    fill();
  });

  it.each(Object.entries(paths))('are those that are there: %s', (_, [find, found]) => {
    expect(find()).toEqual(found);
  });

  it('are added up by three counts', () => {
    const queries = [User, Post, Comment, Tag, Note, Profile].map((model) => (model as typeof User).query());
    for (const query of queries) {
      const [all, living, deleted] = [query.withDeleted().count(), query.count(), query.onlyDeleted().count()];
      expect(deleted).toBeGreaterThan(0);
      expect(living + deleted).toBe(all);
    }
  });
});
