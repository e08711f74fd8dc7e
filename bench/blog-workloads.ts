import { sql } from 'litemodel';
import { open } from 'litemodel/better-sqlite3';
import { fillBlog, type BlogSize, type PlainArticle, type PlainAuthor } from './blog.js';
import { Article, Author, Note, Topic } from './blog-models.js';
import { openLikeOurs } from './raw.js';
import { RawBlog } from './raw-blog.js';
import type { Workload } from './workload.js';

const models = [Author, Article, Note, Topic];

/** What makes the tables, as litemodel would; asked for once, before a contender has it open. */
let ddl: string | undefined;

function ddlOfBlog(): string {
  const database = open(':memory:', { models });
  const statements = database.all<{ text: string }>(sql`SELECT sql AS text FROM sqlite_schema WHERE sql IS NOT NULL`);
  database.close();
  return statements.map(({ text }) => text).join(';');
}

/** Makes the tables of the blog in a contender's file, and fills them. */
function seedBlog(path: string, size: BlogSize): void {
  const database = openLikeOurs(path);
  database.exec((ddl ??= ddlOfBlog()));
  fillBlog(database, size);
  database.exec('PRAGMA wal_checkpoint(RESTART)');
  database.close();
}

const articleOf = (article: Article, notes: boolean): PlainArticle => ({
  ...article,
  notes: notes ? article.notes.map((note) => ({ ...note })) : [],
});

/** Which relations of an author were read along. */
type Along = 'articles' | 'notes' | 'topics';

/** An author with what was read along, as raw has it. */
const authorOf = (author: Author, along: Along): PlainAuthor => ({
  ...author,
  articles: along === 'topics' ? [] : author.articles.map((article) => articleOf(article, along === 'notes')),
  topics: along === 'topics' ? author.topics.map((topic) => ({ ...topic })).sort((a, b) => a.id - b.id) : [],
});

const readAlong = (
  name: string,
  goal: number,
  size: BlogSize,
  { raw, ours, along }: { raw(blog: RawBlog): PlainAuthor[]; ours(): Author[]; along: Along },
): Workload => ({
  name,
  goal,
  rows: 1000,
  calls: 1,
  raw(path) {
    seedBlog(path, size);
    const blog = new RawBlog(path);
    const answer = () => raw(blog).map((author) => ({ ...author, topics: author.topics.sort((a, b) => a.id - b.id) }));
    return { call: () => raw(blog), answer, close: () => void blog.database.close() };
  },
  ours(path) {
    seedBlog(path, size);
    const database = open(path, { models });
    const answer = () => ours().map((author) => authorOf(author, along));
    return { call: ours, answer, close: () => database.close() };
  },
});

/** What is read along with the rows of a query. */
export const blogWorkloads: readonly Workload[] = [
  readAlong(
    'one to many, 1,000 x 10',
    0.85,
    { authors: 1000, articles: 10, notes: 0, topics: 0 },
    { raw: (blog) => blog.authorsWithArticles(), ours: () => Author.with('articles').all(), along: 'articles' },
  ),
  readAlong(
    'many to many, 1,000 x 5',
    1.15,
    { authors: 1000, articles: 0, notes: 0, topics: 5 },
    { raw: (blog) => blog.authorsWithTopics(), ours: () => Author.with('topics').all(), along: 'topics' },
  ),
  readAlong(
    'three levels, 200 x 10 x 5',
    0.72,
    { authors: 200, articles: 10, notes: 5, topics: 0 },
    { raw: (blog) => blog.authorsWithNotes(), ours: () => Author.with('articles.notes').all(), along: 'notes' },
  ),
];
