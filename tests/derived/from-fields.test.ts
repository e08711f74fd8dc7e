import { describe, expect, it } from 'vitest';
import {
  beforeSave,
  belongsTo,
  derived,
  fromFields,
  hasMany,
  id,
  integer,
  manyToMany,
  Model,
  rules,
  sql,
  table,
  text,
  updatedAt,
  validate,
  type Generated,
} from 'litemodel';
import { dialects, run } from '../dialects/compile.js';
import { drivers, statementsOf } from '../open-database.js';

const slugify = (title: string) => title.toLowerCase().replaceAll(' ', '-');
let made = 0;

@table('articles')
class Article extends Model {
  @id() id!: Generated<number>;
  @text() title!: string;
  @text({ nullable: true }) note!: string | null;
  @integer({ default: 1 }) part!: Generated<number>;
  @derived(
    fromFields(['title', 'part'], ({ title, part }: { title: string; part: number }) => {
      made++;
      return `${slugify(title)}-${part}`;
    }),
    text({ unique: true }),
  )
  readonly slug!: string;
  @manyToMany(() => Topic, { through: () => Tagging }) topics!: Topic[];
}

@table('topics')
class Topic extends Model {
  @id() id!: Generated<number>;
}

@table('taggings')
class Tagging extends Model {
  @id() id!: Generated<number>;
  @integer() articleId!: number;
  @integer() topicId!: number;
  @text() label!: string;
  @derived(fromFields(['label'], ({ label }: { label: string }) => label.length), integer()) readonly size!: number;
  @belongsTo(() => Article, 'articleId') article!: Article;
  @belongsTo(() => Topic, 'topicId') topic!: Topic;
}

@table('pages')
class Page extends Model {
  @id() id!: Generated<number>;
  @text() title!: string;
  @validate(rules.maxLength(5))
  @derived(fromFields(['title'], (page: Page) => slugify(page.title)), text())
  readonly slug!: string;
  @updatedAt() updatedAt!: Generated<Date>;
  @hasMany(() => Article, 'part') articles!: Article[];

  @beforeSave() trim(): void {
    this.title = this.title.trim();
  }
}

describe.each(drivers)('a column that follows from fields on $name', ({ open }) => {
  it('is made when they are written, and only then', async () => {
    const db = await open({ models: [Article, Tagging] });
    let article!: Article;
    expect(statementsOf(db, () => (article = Article.create({ title: 'Old News' })))).toEqual([
      'INSERT INTO "articles" ("title", "note", "part", "slug") VALUES (?, ?, ?, ?)',
    ]);
    expect(article.slug).toBe('old-news-1');
    const read = Article.findById(article.id)!;
    made = 0;
    read.note = 'x';
    expect(statementsOf(db, () => read.save())).toEqual(['UPDATE "articles" SET "note" = ? WHERE "id" = ?']);
    expect(statementsOf(db, () => read.save())).toEqual([]);
    expect(made).toBe(0);
    read.title = 'Good News';
    expect(statementsOf(db, () => read.save())).toEqual([
      'UPDATE "articles" SET "title" = ?, "slug" = ? WHERE "id" = ?',
    ]);
    expect([read.slug, made]).toEqual(['good-news-1', 1]);
    expect(Article.filter({ slug: 'good-news-1' }).count()).toBe(1);
    (read as { slug: string }).slug = 'mine';
    expect(read.save().slug).toBe('good-news-1');
    db.transaction(() => {
      read.fill({ part: 2 }).save();
      expect(read.reload().slug).toBe('good-news-2');
    });
    expect(() => Article.create({} as never)).toThrow('Article cannot be inserted without title. Give');
  });

  it('is made of what rules and listeners see, and of links', async () => {
    const db = await open({ models: [Article, Tagging, Page] });
    const page = Page.create({ title: ' Ab ' });
    expect(page.reload().slug).toBe('ab');
    page.title = 'A B C D';
    expect(page.validate()).toEqual([{ path: 'slug', rule: 'maxLength', message: 'must have a length of at most 5' }]);
    expect(() => page.save()).toThrow('slug must have a length of at most 5');
    const article = Article.create({ title: 'x' });
    article.related('topics').attach(Topic.create({}), { label: 'four' });
    expect(Tagging.query().pluck('size')).toEqual([4]);
    db.unitOfWork((work) => {
      work.create(Article, { title: 'New' });
      work.add(article);
      article.title = 'Y';
    });
    expect(Article.query().orderBy('id').pluck('slug')).toEqual(['y-1', 'new-1']);
  });

  it('leaves it to rules and to the write to find values that the function is not made for', async () => {
    await open({ models: [Article, Tagging, Page] });
    for (const title of [null, 5] as never[]) {
      const refused = /^(Article|Page)\.title takes a string/;
      expect(() => Article.create({ title })).toThrow(refused);
      expect(() => Article.create({ title: 'x' }).fill({ title }).save()).toThrow(refused);
      const failure = title === null ? { rule: 'required' } : { rule: 'type' };
      expect(Page.build({ title }).validate()).toMatchObject([{ path: 'title', ...failure }, { path: 'slug' }]);
      Article.deleteAll();
      const page = Page.create({ title: 'a' }).fill({ title });
      expect(page.validate()).toMatchObject([{ path: 'title', ...failure }]);
    }
  });

  it('is not left behind by an update of a query, which cannot call the function', async () => {
    const db = await open({ models: [Article, Tagging] });
    Article.create({ title: 'a' });
    expect(() => Article.updateAll({ title: 'b' })).toThrow(
      'Article.slug follows from title by a function, which SQLite cannot call for the rows of a query.',
    );
    expect(() => Article.filter({ id: 1 }).update({ slug: 'b' })).toThrow(
      'Article.slug cannot be written: it follows from title, part.',
    );
    expect(Article.updateAll({ note: 'n' })).toBe(1);
    expect(() => Article.query().first()!.related('topics').attach(1, { size: 3 })).toThrow();
    expect(db.first(sql`SELECT slug FROM articles`)).toEqual({ slug: 'a-1' });
  });
});

describe.each(dialects)('fromFields in $name', (dialect) => {
  const program = (decorator: string) => `
import { createdAt, derived, fromFields, id, integer, Model, sql, table, text, updatedAt } from 'litemodel';
@table('things') export class Thing extends Model {
  @id() id: number;
  @text() title: string;
  @text({ default: sql\`'x'\` }) made: string;
  @integer({ generated: sql\`length(title)\` }) size: number;
  @updatedAt() updatedAt: Date;
  ${decorator}
}`;

  it('declares a column', () => {
    const text = program(`@derived(fromFields(['title'], ({ title }) => title.length), integer()) length: number;`);
    expect(run(dialect, text)).toHaveProperty('Thing');
  });

  it.each([
    ['name', 'Thing.a follows from "name", which is no column of Thing.'],
    ['id', 'Thing.a follows from id, of which the value is not known before a row is written.'],
    ['made', 'Thing.a follows from made, of which the value is not known before a row is written.'],
    ['size', 'Thing.a follows from size, of which the value is not known before a row is written.'],
    ['updatedAt', 'Thing.a follows from updatedAt, of which the value is not known before a row is written.'],
    ['a', 'Thing.a follows from a, of which the value is not known before a row is written.'],
  ])('refuses to follow from %s', (field, message) => {
    const text = program(`@derived(fromFields(['${field}'], () => 1), integer()) a: number;`);
    expect(() => run(dialect, text)).toThrow(message);
  });

  it('takes fields and a function', () => {
    for (const none of ['[], () => 1', `'title', () => 1`, `['title']`]) {
      const text = program(`@derived(fromFields(${none}), integer()) a: number;`);
      expect(() => run(dialect, text)).toThrow('fromFields takes the names of fields, and a function of them.');
    }
  });
});
