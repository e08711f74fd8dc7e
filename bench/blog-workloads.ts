import { sql } from 'litemodel';
import { open } from 'litemodel/better-sqlite3';
import { fillBlog, type BlogSize, type PlainArticle, type PlainAuthor } from './blog.js';
import { Article, Author, Note } from './blog-models.js';
import { openLikeOurs } from './raw.js';
import { RawBlog } from './raw-blog.js';
import type { Workload } from './workload.js';

const models = [Author, Article, Note];

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

/** An author with what was read along, as raw has it. */
const authorOf = (author: Author, notes: boolean): PlainAuthor => ({
  ...author,
  articles: author.articles.map((article) => articleOf(article, notes)),
});

const readAlong = (
  name: string,
  goal: number,
  size: BlogSize,
  { raw, ours, notes }: { raw(blog: RawBlog): unknown; ours(): Author[]; notes: boolean },
): Workload => ({
  name,
  goal,
  rows: 1000,
  calls: 1,
  raw(path) {
    seedBlog(path, size);
    const blog = new RawBlog(path);
    return { call: () => raw(blog), close: () => void blog.database.close() };
  },
  ours(path) {
    seedBlog(path, size);
    const database = open(path, { models });
    const answer = () => ours().map((author) => authorOf(author, notes));
    return { call: ours, answer, close: () => database.close() };
  },
});

/** What is read along with the rows of a query. */
export const blogWorkloads: readonly Workload[] = [
  readAlong(
    'one to many, 1,000 x 10',
    0.85,
    { authors: 1000, articles: 10, notes: 0 },
    { raw: (blog) => blog.authorsWithArticles(), ours: () => Author.with('articles').all(), notes: false },
  ),
  readAlong(
    'three levels, 200 x 10 x 5',
    0.72,
    { authors: 200, articles: 10, notes: 5 },
    { raw: (blog) => blog.authorsWithNotes(), ours: () => Author.with('articles.notes').all(), notes: true },
  ),
];
