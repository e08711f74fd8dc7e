import { readFileSync } from 'node:fs';
import 'reflect-metadata';
import {
  bigint,
  blob,
  boolean,
  choice,
  createdAt,
  date,
  datetime,
  decimal,
  defineModel,
  id,
  integer,
  json,
  real,
  sql,
  text,
  updatedAt,
  uuid,
  type OpenOptions,
} from 'litemodel';
import { open } from 'litemodel/better-sqlite3';
import { describe, expect, it } from 'vitest';
import { closedLater } from '../open-database.js';
import { compilers, run } from './compile.js';
import { ddlOf } from './ddl.js';
import * as sample from './sample.js';

const program = readFileSync(new URL('sample.ts', import.meta.url), 'utf8');

const articles = `CREATE TABLE "articles" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "created_at" TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  "title" TEXT NOT NULL UNIQUE COLLATE "NOCASE",
  "author" TEXT NOT NULL,
  "status" TEXT NOT NULL DEFAULT 'draft' CHECK ("status" IN ('draft', 'published')),
  "views" INTEGER NOT NULL DEFAULT 0 CHECK (views >= 0),
  "size" INTEGER,
  "score" REAL,
  "open" INTEGER NOT NULL DEFAULT 1 CHECK ("open" IN (0, 1)),
  "read_at" INTEGER,
  "due_on" TEXT CHECK ("due_on" IS date("due_on")),
  "price" INTEGER NOT NULL DEFAULT 150,
  "cover" BLOB,
  "reference" TEXT,
  "meta" TEXT NOT NULL DEFAULT '{"tags":[]}' CHECK (json_valid("meta")),
  "heading" TEXT NOT NULL GENERATED ALWAYS AS (upper(title)) VIRTUAL,
  "changed" TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  CONSTRAINT "title_is_short" CHECK (length(title) < 100)
) STRICT`;

const expected = [
  articles,
  '',
  'CREATE INDEX "articles_author_index" ON "articles" ("author")',
  'CREATE UNIQUE INDEX "articles_title" ON "articles" (lower(title))',
  'CREATE INDEX "articles_author_status_index" ON "articles" ("author", "status")',
  `CREATE TABLE "notes" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "created_at" TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  "body" TEXT NOT NULL
) STRICT`,
];

describe('the same declaration makes the same tables', () => {
  it('with standard decorators, compiled by Vitest', () => {
    expect(ddlOf(sample.models)).toEqual(expected);
  });

  it('with defineModel', () => {
    const timestamped = { id: id(), createdAt: createdAt() };
    const Article = defineModel(
      'articles',
      {
        ...timestamped,
        title: text({ unique: true, collate: 'NOCASE' }),
        author: text({ index: true }),
        status: choice(['draft', 'published'], { default: 'draft' }),
        views: integer({ default: 0, check: sql`views >= 0` }),
        size: bigint({ nullable: true }),
        score: real({ nullable: true }),
        open: boolean({ default: true }),
        readAt: datetime({ nullable: true, storage: 'integer' }),
        dueOn: date({ nullable: true }),
        price: decimal(10, 2, { default: '1.50' }),
        cover: blob({ nullable: true }),
        reference: uuid({ nullable: true }),
        meta: json<{ tags: string[] }>({ default: { tags: [] } }),
        heading: text({ generated: sql`upper(title)`, readOnly: true }),
        updatedAt: updatedAt({ name: 'changed' }),
      },
      {
        checks: { title_is_short: sql`length(title) < 100` },
        indexes: [{ on: sql`lower(title)`, unique: true, name: 'articles_title' }, { on: ['author', 'status'] }],
      },
    );
    const Note = defineModel('notes', { ...timestamped, body: text() });
    expect(ddlOf([Article, Note])).toEqual(expected);
  });

  it.each(compilers)('compiled by $name', (compiler) => {
    const { models } = run(compiler, program) as typeof sample;
    expect(ddlOf(models as OpenOptions['models'])).toEqual(expected);
  });
});

describe.each(compilers)('instances of a class compiled by $name', (compiler) => {
  it('have their fields, accessors, private fields, getters, setters and methods when they are loaded', () => {
    const { Article } = run(compiler, program) as typeof sample;
    closedLater(open(':memory:', { models: [Article] }));
    const created = Article.create({ title: 'Owls', author: 'Ann', size: 5n, dueOn: '2026-11-21' });
    const article = Article.findById(created.id)!;

    expect(article).toBeInstanceOf(Article);
    expect(article.toJSON()).toMatchObject({
      title: 'Owls',
      author: 'Ann',
      size: '5',
      dueOn: '2026-11-21',
      cover: null,
    });
    expect([article.author, article.size, article.reference]).toEqual(['Ann', 5n, null]);
    expect(article.price).toBe('1.50');
    expect(article.meta).toEqual({ tags: [] });
    expect(article.heading).toBe('OWLS');
    expect(article.initialized).toBe('initial');
    expect(article.seen).toEqual(new Map([['begin', 1]]));
    expect(article.reveal()).toBe('secret');
    expect(article.summary).toBe('Owls by Ann');

    article.summary = 'Cats by Bob';
    article.save();
    expect(Article.filter({ author: 'Bob' }).one().title).toBe('Cats');
  });

  it('begin with the initial values of their accessors, and with defaults', () => {
    const { Article } = run(compiler, program) as typeof sample;
    closedLater(open(':memory:', { models: [Article] }));
    const article = Article.create({ title: 'Owls' } as never);
    expect([article.author, article.size, article.status, article.open]).toEqual(['nobody', null, 'draft', true]);
    expect(article.reload().author).toBe('nobody');
  });

  it('take nothing from a class beside theirs', () => {
    const { Article, Note } = run(compiler, program) as typeof sample;
    closedLater(open(':memory:', { models: [Article, Note] }));
    expect(Object.keys(Note.create({ body: 'x' }).toJSON())).toEqual(['id', 'createdAt', 'body']);
    expect(() => Note.build({ title: 'x' } as never)).toThrow('Note has no field "title".');
  });
});
