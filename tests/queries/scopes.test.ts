import { beforeEach, describe, expect, it } from 'vitest';
import {
  gt,
  id,
  integer,
  isNull,
  Model,
  noneOf,
  oneOf,
  QueryError,
  scope,
  sql,
  table,
  text,
  UnconditionalWriteError,
  UndefinedConditionError,
  UnknownFieldError,
  type Database,
  type Generated,
} from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';

/** The tenant of the moment, as an app would keep it in an AsyncLocalStorage. */
let tenant: number | undefined = 1;
const ofTenant = scope<Post>('ofTenant', () => ({ tenantId: tenant! }));
const kept = scope<Post>('kept', { removedAt: isNull() });

@table('posts', { scopes: [kept, ofTenant] })
class Post extends Model {
  @id() id!: Generated<number>;
  @integer() tenantId!: number;
  @text() title!: string;
  @integer({ default: 0 }) likes!: Generated<number>;
  @text({ nullable: true }) removedAt!: string | null;
}

const popular = scope<Post>('popular', { likes: gt(5) });
const titled = (title: string) => scope<Post>('titled', { title });
const long = scope<Post>('long', sql`length(title) > 1 OR 0`);

const select = 'SELECT "id", "tenant_id", "title", "likes", "removed_at" FROM "posts"';
const defaults = '"removed_at" IS NULL AND "tenant_id" = ?';

describe.each(drivers)('$name', ({ open }) => {
  let db: Database;
  beforeEach(async () => {
    tenant = 1;
    db = await open({ models: [Post] });
    Post.create({ tenantId: 1, title: 'a', likes: 9 });
    Post.create({ tenantId: 1, title: 'bb', likes: 1 });
    Post.create({ tenantId: 1, title: 'c', removedAt: 'now' });
    Post.create({ tenantId: 2, title: 'd', likes: 7 });
  });
  const everything = () => Post.query().unscoped().orderBy('id').pluck('id');

  it('puts every query under the default scopes', () => {
    const statements = statementsOf(db, () => {
      expect(Post.all().map((post) => post.id)).toEqual([1, 2]);
      expect(Post.count()).toBe(2);
      expect(Post.query().first()?.id).toBe(1);
      expect(Post.filter({ title: 'c' }).exists()).toBe(false);
      expect(Post.filter({ title: 'c' }).one).toBeTypeOf('function');
      expect(Post.query().pluck('id')).toEqual([1, 2]);
      expect(Post.query().select('title').all()).toEqual([{ title: 'a' }, { title: 'bb' }]);
      expect([...Post.query().iterate({ batch: 1 })].map((post) => post.id)).toEqual([1, 2]);
      expect(Post.query().page({ size: 5, number: 1 }).total).toBe(2);
      expect(
        Post.query()
          .page({ size: 1 })
          .rows.map((post) => post.id),
      ).toEqual([1]);
      expect(Post.findById(1)?.title).toBe('a');
      expect(Post.findById(3)).toBeUndefined();
      expect(Post.findById(4)).toBeUndefined();
      expect(Post.filter({ id: oneOf(Post.filter({ likes: gt(0) }).select('id')) }).pluck('id')).toEqual([1, 2]);
      expect(Post.filter({ title: 'c' }).update({ likes: 1 })).toBe(0);
      expect(Post.filter({ title: 'd' }).delete()).toBe(0);
      expect(Post.filter({ title: 'd' }).returning().delete()).toEqual([]);
    });
    for (const text of statements.filter((each) => !/^(BEGIN|COMMIT)/.test(each))) {
      expect(text).toContain('"removed_at" IS NULL');
      expect(text).toContain('"tenant_id" = ?');
    }
    expect(statements[0]).toBe(`${select} WHERE ${defaults}`);
    expect(statements).toContain(`${select} WHERE "id" = ? AND ${defaults} LIMIT 1`);
    expect(statements).toContain(
      'SELECT "id" FROM "posts" WHERE "id" IN (SELECT "posts"."id" FROM "posts" WHERE "posts"."likes" > ? AND ' +
        '"posts"."removed_at" IS NULL AND "posts"."tenant_id" = ?) AND "removed_at" IS NULL AND "tenant_id" = ?',
    );
  });

  it('puts findOrCreate and updateOrCreate under them', () => {
    expect(Post.findOrCreate({ tenantId: 1, title: 'a' }).id).toBe(1);
    expect(Post.findOrCreate({ tenantId: 1, title: 'c' }).id).toBe(5); // the removed one does not count
    expect(Post.updateOrCreate({ tenantId: 2, title: 'd' }, { likes: 0 }).id).toBe(6);
    expect(Post.query().unscoped().filter({ id: 4 }).one().likes).toBe(7);
  });

  it('puts the writes of every row under them, and asks for a condition of the user', () => {
    const statements = statementsOf(db, () => {
      expect(Post.updateAll({ likes: 3 })).toBe(2);
      expect(Post.deleteAll()).toBe(2);
    });
    expect(statements).toEqual([
      `UPDATE "posts" SET "likes" = ? WHERE ${defaults}`,
      `DELETE FROM "posts" WHERE ${defaults}`,
    ]);
    expect(everything()).toEqual([3, 4]);
    expect(() => Post.query().delete()).toThrow(UnconditionalWriteError);
    expect(() => Post.query().unscoped(kept).update({ likes: 1 })).toThrow(UnconditionalWriteError);
    expect(() => Post.query().unscoped().delete()).toThrow(UnconditionalWriteError);
    expect(Post.query().unscoped(ofTenant).use(popular).delete()).toBe(1);
    expect(everything()).toEqual([3]);
  });

  it('lifts them one by one, by name or value, or all', () => {
    const sqlOf = (query: { toSQL(): { sql: string } }) => query.toSQL().sql;
    expect(sqlOf(Post.query().unscoped(kept))).toBe(`${select} WHERE "tenant_id" = ?`);
    expect(sqlOf(Post.query().unscoped('ofTenant'))).toBe(`${select} WHERE "removed_at" IS NULL`);
    expect(sqlOf(Post.query().unscoped('ofTenant').unscoped('kept'))).toBe(select);
    expect(sqlOf(Post.query().unscoped())).toBe(select);
    expect(sqlOf(Post.query().unscoped().use(kept))).toBe(`${select} WHERE "removed_at" IS NULL`);
    expect(sqlOf(Post.query().unscoped(kept).use(kept))).toBe(
      `${select} WHERE "tenant_id" = ? AND "removed_at" IS NULL`,
    );
    expect(sqlOf(Post.query().use(popular).unscoped(popular))).toBe(`${select} WHERE ${defaults}`);
    expect(sqlOf(Post.query().use(popular).unscoped())).toBe(select);
    expect(sqlOf(Post.filter({ title: 'a' }).unscoped())).toBe(`${select} WHERE "title" = ?`);
    expect(Post.query().unscoped().count()).toBe(4);
    expect(Post.query().unscoped('ofTenant').pluck('id')).toEqual([1, 2, 4]);
    expect(() => Post.query().unscoped('kpet')).toThrow(
      'Post has no scope "kpet" to lift. It is under: kept, ofTenant.',
    );
    expect(() => Post.query().unscoped(popular)).toThrow(QueryError);
  });

  it('uses scopes by name: a later one takes the place of an earlier, a default one included', () => {
    const query = Post.query().use(popular).use(titled('bb')).use(titled('a'));
    expect(query.toSQL()).toEqual({
      sql: `${select} WHERE ${defaults} AND "likes" > ? AND "title" = ?`,
      parameters: [1, 5, 'a'],
    });
    expect(query.pluck('id')).toEqual([1]);
    const removed = scope<Post>('kept', sql`removed_at IS NOT NULL OR 0`);
    expect(Post.query().use(removed).pluck('id')).toEqual([3]);
    expect(Post.query().use(removed).unscoped(kept).toSQL().sql).toBe(`${select} WHERE "tenant_id" = ?`);
  });

  it('keeps SQL of a scope in parentheses', () => {
    const query = Post.filter({ likes: 1 }).use(long);
    expect(query.toSQL().sql).toBe(`${select} WHERE "likes" = ? AND ${defaults} AND (length(title) > 1 OR 0)`);
    expect(query.pluck('id')).toEqual([2]);
  });

  it('asks a scope that is a function each time a query is run', () => {
    const base = Post.query().orderBy('id');
    const subquery = Post.query()
      .unscoped()
      .filter({ id: oneOf(Post.query().select('id')) });
    const others = Post.query()
      .unscoped()
      .filter({ id: noneOf(Post.query().unscoped(kept).select('id')) });
    expect([base.pluck('id'), subquery.pluck('id'), others.pluck('id')]).toEqual([[1, 2], [1, 2], [4]]);
    tenant = 2;
    expect([base.pluck('id'), subquery.pluck('id'), others.pluck('id')]).toEqual([[4], [4], [1, 2, 3]]);
    expect(base.toSQL().parameters).toEqual([2]);
    tenant = undefined;
    const statements = statementsOf(db, () => {
      for (const run of [
        () => base.all(),
        () => subquery.all(),
        () => base.count(),
        () => Post.findById(1),
        () => Post.deleteAll(),
      ]) {
        expect(run).toThrow(UndefinedConditionError);
      }
      expect(() => Post.filter({ id: 1 }).delete()).toThrow('The condition on Post.tenantId is undefined');
    });
    expect(statements).toEqual([]);
    expect(everything()).toEqual([1, 2, 3, 4]);
  });

  it('checks the fields of a scope against the model', () => {
    const wrong = scope<Post>('wrong', { titel: 'x' } as never);
    expect(() => Post.query().use(wrong).all()).toThrow(UnknownFieldError);
  });

  it('does not keep an instance from being saved, reloaded and deleted', () => {
    const removed = Post.query().unscoped().filter({ id: 3 }).one();
    removed.title = 'new';
    expect(statementsOf(db, () => removed.save().reload())).toHaveLength(2);
    expect(removed.delete()).toBe(true);
    expect(everything()).toEqual([1, 2, 4]);
  });
});
