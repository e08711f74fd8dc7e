/** Ordering by fields of related rows, and counting them: names and nesting are checked. */
import { asc, desc, sql } from 'litemodel';
import { is } from './equal.js';
import { Article, Writer } from './relations.js';

Article.query().orderBy('writer.name', 'title', ['editor.name', 'desc'], desc('writer.id'), sql`1`);
Article.query().orderBy('title', ['writer.name', 'desc']);
Article.query().reorder(desc('writer.name', { nulls: 'last' }), asc('id'));
Article.query().orderBy('writer.card.id');
// @ts-expect-error no such field
Article.query().orderBy('writer.nam');
// @ts-expect-error no such relation
Article.query().orderBy('riter.name');
// @ts-expect-error a relation to many has no one value
Writer.query().orderBy('articles.title');
// @ts-expect-error one of them is wrong
Article.query().orderBy('writer.name', 'titl');
// @ts-expect-error one of them is wrong
Article.query().orderBy('writer.name', 'editor.nam');
// @ts-expect-error a column leads nowhere
Article.query().orderBy(desc('title.name'));
// @ts-expect-error no such direction
Article.query().orderBy('id', ['writer.name', 'down']);

const writers = Writer.query().withCount('articles').all();
is<number>()(writers[0]!.articlesCount);
is<string>()(writers[0]!.name);
is<number>()(
  Writer.query()
    .withCount({ articles: { title: 'Owls' } })
    .first()!.articlesCount,
);
const selected = Writer.query().select('id').withCount('articles').all();
is<number>()(selected[0]!.articlesCount);
// @ts-expect-error not selected
void selected[0]!.name;
is<Promise<number>>()(
  Writer.async()
    .query()
    .withCount('articles')
    .one()
    .then((writer) => writer.articlesCount),
);
// @ts-expect-error at most one
Writer.query().withCount('card');
// @ts-expect-error no field of an article
Writer.query().withCount({ articles: { titel: 'Owls' } });
// @ts-expect-error not counted
void writers[0]!.cardsCount;
