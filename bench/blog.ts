import type BetterSqlite3 from 'better-sqlite3';

/** The rows that are read along with others: authors, their articles, the notes on those. */
export interface PlainAuthor {
  readonly id: number;
  readonly name: string;
  readonly active: boolean;
  articles: PlainArticle[];
  topics: PlainTopic[];
}

export interface PlainTopic {
  readonly id: number;
  readonly name: string;
  readonly weight: number;
}

export interface PlainArticle {
  readonly id: number;
  readonly authorId: number;
  readonly title: string;
  readonly body: string;
  readonly published: boolean;
  readonly createdAt: Date;
  notes: PlainNote[];
}

export interface PlainNote {
  readonly id: number;
  readonly articleId: number;
  readonly text: string;
  readonly likes: number;
}

/** How many authors there are, with how many articles each, and how many notes each of those has. */
export interface BlogSize {
  readonly authors: number;
  readonly articles: number;
  readonly notes: number;
  /** How many topics each author has, of a hundred. */
  readonly topics: number;
}

/** Fills the tables, which are there, with the same rows at each call; the rows of different owners lie mixed. */
export function fillBlog(database: BetterSqlite3.Database, { authors, articles, notes, topics }: BlogSize): void {
  const insertAuthor = database.prepare('INSERT INTO authors VALUES (?, ?, ?)');
  const insertArticle = database.prepare('INSERT INTO articles VALUES (?, ?, ?, ?, ?, ?)');
  const insertNote = database.prepare('INSERT INTO notes VALUES (?, ?, ?, ?)');
  const insertTopic = database.prepare('INSERT INTO topics VALUES (?, ?, ?)');
  const link = database.prepare('INSERT INTO authors_topics (authors_id, topics_id) VALUES (?, ?)');
  const ofAll = authors * articles;
  database.transaction(() => {
    for (let id = 1; id <= authors; id++) insertAuthor.run(id, `Author ${id}`, id % 4 === 0 ? 0 : 1);
    for (let id = 1; id <= ofAll; id++) {
      const createdAt = new Date(Date.UTC(2026, 0, 1) + id * 61_001).toISOString();
      insertArticle.run(
        id,
        (id % authors) + 1,
        `Article ${id}`,
        `What ${id} is about`,
        id % 3 === 0 ? 0 : 1,
        createdAt,
      );
    }
    for (let id = 1; id <= ofAll * notes; id++) insertNote.run(id, (id % ofAll) + 1, `Note ${id}`, id % 50);
    for (let id = 1; id <= 100; id++) insertTopic.run(id, `Topic ${id}`, id / 8);
    for (let place = 0; place < topics; place++) {
      for (let id = 1; id <= authors; id++) link.run(id, ((id * 7 + place * 13) % 100) + 1);
    }
  })();
}
