import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  createdAt,
  datetime,
  defineModel,
  id,
  Model,
  sql,
  table,
  text,
  UniqueViolation,
  updatedAt,
  type Generated,
} from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';

const declare = (storage: 'text' | 'integer') => {
  @table('posts')
  class Post extends Model {
    @id() id!: Generated<number>;
    @text({ unique: true }) title!: string;
    @datetime({ nullable: true, storage }) publishedAt!: Date | null;
    @createdAt({ storage, index: true }) createdAt!: Generated<Date>;
    @updatedAt({ storage, name: 'changed' }) updatedAt!: Generated<Date>;
  }
  return Post;
};

const at = (second: number) => new Date(Date.UTC(2026, 10, 21, 5, 41, second, 7));

describe.each(drivers)('$name', ({ open }) => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'], now: at(0) });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  describe.each(['text', 'integer'] as const)('timestamps as %s', (storage) => {
    const stored = (date: Date) => (storage === 'text' ? date.toISOString() : date.getTime());

    it('are set at insert, and by SQLite for other writers', async () => {
      const Post = declare(storage);
      const db = await open({ models: [Post] });
      const now =
        storage === 'text'
          ? `strftime('%Y-%m-%dT%H:%M:%fZ', 'now')`
          : `CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)`;
      const type = storage === 'text' ? 'TEXT' : 'INTEGER';
      expect(db.first(sql`SELECT sql FROM sqlite_schema WHERE name = 'posts'`)!['sql']).toContain(
        `  "published_at" ${type},\n  "created_at" ${type} NOT NULL DEFAULT (${now}),\n  "changed" ${type} NOT NULL DEFAULT (${now})\n`,
      );
      expect(db.first(sql`SELECT sql FROM sqlite_schema WHERE name = 'posts_created_at_index'`)).toBeDefined();

      const post = Post.create({ title: 'a' });
      expect([post.createdAt, post.updatedAt]).toEqual([at(0), at(0)]);
      expect(db.all(sql`SELECT created_at, changed FROM posts`)).toEqual([
        { created_at: stored(at(0)), changed: stored(at(0)) },
      ]);

      vi.useRealTimers();
      const before = Date.now();
      db.run(sql`INSERT INTO posts (title) VALUES ('raw')`);
      const raw = Post.filter({ title: 'raw' }).one();
      expect(Math.abs(raw.createdAt.getTime() - before)).toBeLessThan(60_000);
      expect(raw.updatedAt).toEqual(raw.createdAt);
    });

    it('updatedAt goes along with each save that changes something', async () => {
      const Post = declare(storage);
      const db = await open({ models: [Post] });
      const post = Post.create({ title: 'a' });
      vi.setSystemTime(at(1));
      expect(statementsOf(db, () => post.save())).toEqual([]);
      post.title = 'b';
      expect(statementsOf(db, () => post.save())).toEqual([
        'UPDATE "posts" SET "title" = ?, "changed" = ? WHERE "id" = ?',
      ]);
      expect([post.createdAt, post.updatedAt]).toEqual([at(0), at(1)]);
      vi.setSystemTime(at(2));
      expect(statementsOf(db, () => post.save())).toEqual([]);
      expect(db.all(sql`SELECT title, created_at, changed FROM posts`)).toEqual([
        { title: 'b', created_at: stored(at(0)), changed: stored(at(1)) },
      ]);
      post.updatedAt = at(9); // a value of one's own is kept
      expect(statementsOf(db, () => post.save())).toEqual(['UPDATE "posts" SET "changed" = ? WHERE "id" = ?']);
      expect(Post.findById(1)!.updatedAt).toEqual(at(9));
    });

    it('updatedAt goes along with each update of a query', async () => {
      const Post = declare(storage);
      const db = await open({ models: [Post] });
      Post.create({ title: 'a' });
      vi.setSystemTime(at(3));
      const statements = statementsOf(db, () => {
        expect(Post.filter({ id: 1 }).update({ title: 'b' })).toBe(1);
        expect(Post.filter({ id: 1 }).returning('updatedAt').update({ title: 'c' })).toEqual([{ updatedAt: at(3) }]);
        expect(Post.updateAll({ title: sql`title || '!'` })).toBe(1);
        expect(Post.filter({ id: 1 }).update({ updatedAt: at(8) })).toBe(1);
      });
      expect(statements).toEqual([
        'UPDATE "posts" SET "title" = ?, "changed" = ? WHERE "id" = ?',
        'UPDATE "posts" SET "title" = ?, "changed" = ? WHERE "id" = ? RETURNING "changed" AS "updatedAt"',
        `UPDATE "posts" SET "title" = title || '!', "changed" = ?`,
        'UPDATE "posts" SET "changed" = ? WHERE "id" = ?',
      ]);
      expect(db.all(sql`SELECT title, changed FROM posts`)).toEqual([{ title: 'c!', changed: stored(at(8)) }]);
    });

    it('updatedAt stays as it was when the save fails', async () => {
      const Post = declare(storage);
      const db = await open({ models: [Post] });
      Post.create({ title: 'taken' });
      const post = Post.create({ title: 'a' });
      vi.setSystemTime(at(4));
      post.title = 'taken';
      expect(() => post.save()).toThrow(UniqueViolation);
      post.title = 'a';
      post.publishedAt = new Date(NaN);
      expect(() => post.save()).toThrow('Post.publishedAt takes a valid Date');
      post.publishedAt = null;
      expect(post.updatedAt).toEqual(at(0));
      expect(statementsOf(db, () => post.save())).toEqual([]);
    });

    it('createdAt keeps its first value', async () => {
      const Post = declare(storage);
      const db = await open({ models: [Post] });
      const post = Post.create({ title: 'a', createdAt: at(7) });
      expect(post.createdAt).toEqual(at(7));
      const message = 'Post.createdAt cannot be written: it keeps its first value.';
      const statements = statementsOf(db, () => {
        post.createdAt = at(8);
        expect(() => post.save()).toThrow(message);
        expect(() => Post.filter({ id: 1 }).update({ createdAt: at(8) })).toThrow(message);
      });
      expect(statements).toEqual([]);
      expect(db.all(sql`SELECT created_at FROM posts`)).toEqual([{ created_at: stored(at(7)) }]);
    });

    it('a Date that is changed in place is a change', async () => {
      const Post = declare(storage);
      const db = await open({ models: [Post] });
      const made = Post.create({ title: 'a', publishedAt: at(1) });
      made.publishedAt!.setUTCSeconds(2);
      made.save();
      const read = Post.findById(1)!;
      expect(read.publishedAt).toEqual(at(2));
      read.publishedAt!.setUTCSeconds(3);
      vi.setSystemTime(at(9));
      expect(statementsOf(db, () => read.save())).toEqual([
        'UPDATE "posts" SET "published_at" = ?, "changed" = ? WHERE "id" = ?',
      ]);
      expect(db.all(sql`SELECT published_at, changed FROM posts`)).toEqual([
        { published_at: stored(at(3)), changed: stored(at(9)) },
      ]);
    });
  });

  it('integer and text sort as the moments do', async () => {
    const Event = defineModel('events', { id: id(), a: datetime(), b: datetime({ storage: 'integer' }) });
    await open({ models: [Event] });
    const moments = ['0000-01-01', '0999-12-31', '1969-12-31', '1970-01-01', '2026-11-21', '9999-12-31'].map(
      (day) => new Date(day),
    );
    for (const moment of moments.toReversed()) Event.create({ a: moment, b: moment });
    expect(Event.query().orderBy('a').pluck('a')).toEqual(moments);
    expect(Event.query().orderBy('b').pluck('b')).toEqual(moments);
  });
});
