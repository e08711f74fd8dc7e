import type { Database, Statement } from 'better-sqlite3';
import type { PlainArticle, PlainAuthor, PlainNote, PlainTopic } from './blog.js';
import { openLikeOurs } from './raw.js';

interface AuthorRow {
  id: number;
  name: string;
  active: number;
}

interface ArticleRow {
  id: number;
  author_id: number;
  title: string;
  body: string;
  published: number;
  created_at: string;
}

interface NoteRow {
  id: number;
  article_id: number;
  text: string;
  likes: number;
}

const toAuthor = ({ id, name, active }: AuthorRow): PlainAuthor => ({
  id,
  name,
  active: active === 1,
  articles: [],
  topics: [],
});

const toArticle = (row: ArticleRow): PlainArticle => ({
  id: row.id,
  authorId: row.author_id,
  title: row.title,
  body: row.body,
  published: row.published === 1,
  createdAt: new Date(row.created_at),
  notes: [],
});

const toNote = (row: NoteRow): PlainNote => ({
  id: row.id,
  articleId: row.article_id,
  text: row.text,
  likes: row.likes,
});

/** Reading along as somebody would write it by hand: a prepared statement for each level, and a map by key. */
export class RawBlog {
  readonly database: Database;
  readonly #authors: Statement<[], AuthorRow>;
  readonly #articles: Statement<[string], ArticleRow>;
  readonly #notes: Statement<[string], NoteRow>;
  readonly #links: Statement<[string], { authorId: number; topicId: number }>;
  readonly #topics: Statement<[string], PlainTopic>;

  constructor(path: string) {
    this.database = openLikeOurs(path);
    this.#authors = this.database.prepare('SELECT id, name, active FROM authors');
    this.#articles = this.database.prepare(
      `SELECT id, author_id, title, body, published, created_at FROM articles
       WHERE author_id IN (SELECT value FROM json_each(?))`,
    );
    this.#notes = this.database.prepare(
      'SELECT id, article_id, text, likes FROM notes WHERE article_id IN (SELECT value FROM json_each(?))',
    );
    this.#links = this.database.prepare(
      'SELECT authors_id AS authorId, topics_id AS topicId FROM authors_topics WHERE authors_id IN (SELECT value FROM json_each(?))',
    );
    this.#topics = this.database.prepare(
      'SELECT id, name, weight FROM topics WHERE id IN (SELECT value FROM json_each(?))',
    );
  }

  /** The links first, and then each topic once. */
  authorsWithTopics(): PlainAuthor[] {
    const authors = this.#authors.all().map(toAuthor);
    const byId = new Map(authors.map((author) => [author.id, author]));
    const links = this.#links.all(JSON.stringify([...byId.keys()]));
    const wanted = JSON.stringify([...new Set(links.map(({ topicId }) => topicId))]);
    const topics = new Map(
      this.#topics.all(wanted).map(({ id, name, weight }) => [id, { id, name, weight } satisfies PlainTopic]),
    );
    for (const { authorId, topicId } of links) byId.get(authorId)!.topics.push(topics.get(topicId)!);
    return authors;
  }

  authorsWithArticles(): PlainAuthor[] {
    const authors = this.#authors.all().map(toAuthor);
    this.#readArticles(authors);
    return authors;
  }

  authorsWithNotes(): PlainAuthor[] {
    const authors = this.#authors.all().map(toAuthor);
    const articles = this.#readArticles(authors);
    const byId = new Map(articles.map((article) => [article.id, article]));
    for (const row of this.#notes.all(JSON.stringify([...byId.keys()]))) {
      byId.get(row.article_id)!.notes.push(toNote(row));
    }
    return authors;
  }

  #readArticles(authors: readonly PlainAuthor[]): PlainArticle[] {
    const byId = new Map(authors.map((author) => [author.id, author]));
    return this.#articles.all(JSON.stringify([...byId.keys()])).map((row) => {
      const article = toArticle(row);
      byId.get(article.authorId)!.articles.push(article);
      return article;
    });
  }
}
