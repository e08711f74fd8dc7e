/** Record sets: of instances, of one model, with its fields and relations. */
import { recordSet, sql, type AsyncRecordSet, type RecordSet, type RecordSetOf } from 'litemodel';
import { recordSet as asyncRecordSet } from 'litemodel/async';
import { is } from './equal.js';
import { Article, Writer } from './relations.js';

const writers = recordSet(Writer.all());

is<RecordSet<Writer>>()(writers);
is<AsyncRecordSet<Writer>>()(asyncRecordSet([new Writer()]));
is<number[]>()(writers.ids);
is<number>()(writers.size);
is<Writer>()(writers.one());
is<Writer | undefined>()(writers.at(0));
is<Article[][]>()(writers.map(({ articles }) => articles));
is<RecordSetOf<Writer, 'sync'>>()(writers.filter(({ name }) => name === 'Ann'));
is<RecordSetOf<Writer, 'sync'>>()(writers.union([new Writer()]).difference(writers).intersection(writers));
is<number>()(writers.write({ name: 'Ann' }));
is<number>()(writers.write({ name: sql`upper(name)` }));
is<number>()(writers.delete());
is<RecordSetOf<Writer, 'sync'>>()(writers.load('articles', 'articles.editor', 'card'));
is<RecordSetOf<Writer, 'async'>>()(writers.async);
is<Promise<number>>()(writers.async.write({ name: 'Ann' }));
is<Promise<RecordSetOf<Writer, 'async'>>>()(writers.async.load('articles.writer'));
for (const writer of writers) is<Writer>()(writer);

// @ts-expect-error: no instance of a model
recordSet([{ id: 1 }]);
// @ts-expect-error: no such field
writers.write({ nmae: 'Ann' });
// @ts-expect-error: of another type
writers.write({ name: 3 });
// @ts-expect-error: a relation is no column
writers.write({ articles: [] });
// @ts-expect-error: no such relation
writers.load('artciles');
// @ts-expect-error: no such relation, further on
writers.load('articles.edtor');
// @ts-expect-error: of another model
writers.union([new Article()]);
// @ts-expect-error: a transaction that waits is for what is promised
writers.using({} as never);
// @ts-expect-error: it is not changed in place
writers.size = 3;
