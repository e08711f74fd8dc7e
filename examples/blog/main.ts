/**
 * A blog in a file: relations, graphs, events, validation and units of work at work together.
 *
 *     npx tsx examples/blog/main.ts [--db FILE]
 */
import { parseArgs } from 'node:util';
import { StaleRecordError, ValidationError } from 'litemodel';
import { open } from 'litemodel/better-sqlite3';
import { Author, Comment, models, Post, Tag } from './models.js';

const { values } = parseArgs({ options: { db: { type: 'string', default: ':memory:' } } });

using db = open(values.db, { models });
let statements = 0;
db.onStatement(() => statements++);

/** Says what a part of the program did, and what it took. */
function tell(what: string): void {
  console.log(`${what} (${statements} ${statements === 1 ? 'statement' : 'statements'})`);
  statements = 0;
}

const comments = (count: number): string => (count === 1 ? '1 comment' : `${count} comments`);

if (!Author.query().exists()) {
  statements = 0;
  Author.createGraph({
    name: 'Ann',
    email: 'ann@example.org',
    posts: [
      {
        title: 'Owls at Night',
        body: 'They hear more than they see.',
        draft: false,
        tags: [{ name: 'birds' }, { name: 'night' }],
        comments: [{ body: 'I heard one!' }, { body: 'Where?' }],
      },
      { title: 'Bread', body: 'Rye, with seeds.', draft: false, tags: [{ name: 'kitchen' }] },
      { title: 'Cats', body: 'To be written.', tags: [] },
    ],
  });
  tell('Ann writes three posts, with tags and comments');
}

statements = 0;
const front = Post.query()
  .use(Post.published)
  .with('author', 'tags')
  .withCount('comments')
  .orderBy('author.name', ['publishedAt', 'desc'], ['id', 'desc'])
  .limit(10)
  .all();
for (const { slug, title, author, tags, commentsCount } of front) {
  console.log(
    `  ${title} by ${author.name} [${tags.map(({ name }) => name).join(', ')}], ${comments(commentsCount)}: /${slug}`,
  );
}
tell('The front page');

const cats = Post.filter({ slug: 'cats' }).one();
statements = 0;
try {
  cats.related('comments').create({ body: 'First!' });
} catch (error) {
  if (!(error instanceof ValidationError)) throw error;
  tell(`No comment: ${error.failures.map(({ path, message }) => `${path} ${message}`).join('; ')}`);
}

db.unitOfWork((work) => {
  const post = work.find(Post, cats.id)!;
  post.draft = false;
  work.create(Comment, { body: 'So true.', post });
});
tell('Cats are published, and commented on');

Post.filter({ slug: 'cats' }).update({ body: 'They do as they like.' });
try {
  cats.title = 'Dogs'; // as it was read before that
  cats.save();
} catch (error) {
  if (!(error instanceof StaleRecordError)) throw error;
  cats.reload();
  tell('Somebody else was faster, so nothing is overwritten');
}

const birds = Tag.findOrCreate({ name: 'Birds' }); // is there already, in small letters
cats.related('tags').attach([birds, Tag.findOrCreate({ name: 'pets' })]);
statements = 0;
const { attached, detached } = cats.related('tags').sync([Tag.findOrCreate({ name: 'pets' })]);
tell(`The tags of Cats are put right: ${attached.length} attached, ${detached.length} detached`);

for (const author of Author.with('received').all()) {
  console.log(`  ${author.name} was sent ${comments(author.received.length)}`);
}
tell('Comments over two relations');
