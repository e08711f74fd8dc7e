import { describe, expect, it } from 'vitest';
import { gt, id, integer, json, Model, sql, startsWith, table, text, type Database, type Generated } from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';

interface Body {
  author: string;
  stars: number;
  tags: string[];
}

/** A store of documents: all is in one JSON column, but for what is often looked for. */
@table('documents')
class Document extends Model {
  @id() id!: Generated<number>;
  @json<Body>() body!: Body;
  @text({ generated: sql`body ->> 'author'`, nullable: true, index: true }) readonly author!: string | null;
  @integer({ generated: sql`body ->> 'stars'`, nullable: true, index: true }) readonly stars!: number | null;
}

/** How SQLite goes about a query, in its own words. */
function planOf(db: Database, query: { toRunnableSQL(): string }): string {
  const [step] = db.all<{ detail: string }>(sql`EXPLAIN QUERY PLAN ${sql.raw(query.toRunnableSQL().slice(0, -1))}`);
  return step!.detail;
}

describe.each(drivers)('documents on $name', ({ open }) => {
  it('are created, found by what is in them, changed in place and deleted', async () => {
    const db = await open({ models: [Document] });
    const made = Document.create({ body: { author: 'Ann', stars: 3, tags: ['sea'] } });
    Document.create({ body: { author: 'Ben', stars: 5, tags: [] } });
    expect([made.author, made.stars]).toEqual(['Ann', 3]);

    const read = Document.filter({ body: { tags: ['sea'], stars: gt(2) } }).one();
    read.body.tags.push('boat');
    read.body.author = 'Anna';
    expect(statementsOf(db, () => read.save())).toEqual([
      'UPDATE "documents" SET "body" = ? WHERE "id" = ? RETURNING "author", "stars"',
    ]);
    expect(read.author).toBe('Anna');
    expect(Document.filter({ author: startsWith('Ann') }).pluck('body')).toEqual([
      { author: 'Anna', stars: 3, tags: ['sea', 'boat'] },
    ]);

    expect(Document.filter({ body: { author: 'Ben' } }).delete()).toBe(1);
    expect(Document.query().pluck('id')).toEqual([made.id]);
  });

  it('are found by an index where a generated column has what is looked for', async () => {
    const db = await open({ models: [Document] });
    for (let stars = 0; stars < 50; stars++) Document.create({ body: { author: `a${stars % 7}`, stars, tags: [] } });
    const [byColumn, byKey] = [Document.filter({ author: 'a3' }), Document.filter({ body: { author: 'a3' } })];
    expect(byColumn.orderBy('id').pluck('id')).toEqual(byKey.orderBy('id').pluck('id'));
    expect(byColumn.count()).toBe(7);
    expect(planOf(db, byColumn)).toBe('SEARCH documents USING INDEX documents_author_index (author=?)');
    expect(planOf(db, byKey)).toBe('SCAN documents');
    expect(planOf(db, Document.filter({ stars: gt(47) }))).toBe(
      'SEARCH documents USING INDEX documents_stars_index (stars>?)',
    );
  });
});
