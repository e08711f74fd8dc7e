/** Shapes of related rows in `select`: names and nesting are checked, and the result is what was asked for. */
import { sql } from 'litemodel';
import { is } from './equal.js';
import { Article, Writer } from './relations.js';

const articles = Article.query()
  .select({ title: true, writer: { name: true }, editor: { id: true, name: true } })
  .all();
is<string>()(articles[0]!.title);
is<{ name: string }>()(articles[0]!.writer);
is<string>()(articles[0]!.editor!.name);
// @ts-expect-error there may be none
void articles[0]!.editor.name;
// @ts-expect-error not asked for
void articles[0]!.writer.id;
// @ts-expect-error not asked for
void articles[0]!.id;

const writers = Writer.query()
  .select({ name: true, size: sql<number>`length(name)`, articles: { title: true, editor: { name: true } } })
  .all();
is<number>()(writers[0]!.size);
is<string>()(writers[0]!.articles[0]!.title);
is<string>()(writers[0]!.articles[0]!.editor!.name);

// @ts-expect-error no such field of a writer
Article.query().select({ writer: { nam: true } });
// @ts-expect-error no such field further in
Writer.query().select({ articles: { editor: { nam: true } } });
// @ts-expect-error a relation needs a shape
Article.query().select({ writer: true });
// @ts-expect-error a column has none
Article.query().select({ title: { length: true } });
