/** Graphs of rows and units of work: names and required fields are checked to any depth. */
import type { Database } from 'litemodel';
import {
  belongsTo,
  defineModel,
  hasMany,
  id,
  integer,
  relate,
  text,
  type AsyncDatabase,
  type AsyncQuery,
  type Query,
  type UnitOfWork,
} from 'litemodel';
import { is } from './equal.js';
import { Article, Card, Remark, Writer } from './relations.js';

declare const db: Database;
declare const asyncDb: AsyncDatabase;
const ann = Writer.create({ name: 'Ann' });

// foreign keys that a relation fills are not asked for
is<Writer>()(Writer.createGraph({ name: 'Ann', card: {}, articles: [{ title: 'x', editor: { name: 'Ben' } }] }));
is<Article>()(Article.createGraph({ title: 'x', writer: ann, editor: null }));
is<Article>()(Article.createGraph({ title: 'x', writer: { name: 'Ann', articles: [{ title: 'y' }, new Article()] } }));
is<Article>()(Article.createGraph({ title: 'x', writerId: 1 }));
is<Promise<Writer>>()(Writer.async().createGraph({ name: 'Ann', articles: [] }));
is<Card>()(Card.createGraph({ writer: { name: 'Ann' } }));

// @ts-expect-error: the name is missing
Writer.createGraph({ articles: [] });
// @ts-expect-error: no such field
Writer.createGraph({ name: 'Ann', nmae: 'x' });
// @ts-expect-error: no such field, one level down
Writer.createGraph({ name: 'Ann', articles: [{ titel: 'x' }] });
// @ts-expect-error: the title is missing
Writer.createGraph({ name: 'Ann', articles: [{ editor: { name: 'Ben' } }] });
// @ts-expect-error: the name is missing, two levels down
Writer.createGraph({ name: 'Ann', articles: [{ title: 'x', editor: {} }] });
// @ts-expect-error: a text
Writer.createGraph({ name: 'Ann', articles: [{ title: 1 }] });
// @ts-expect-error: any number of them
Writer.createGraph({ name: 'Ann', articles: { title: 'x' } });
// @ts-expect-error: one at most
Writer.createGraph({ name: 'Ann', card: [{}] });
// @ts-expect-error: there has to be one
Article.createGraph({ title: 'x', writer: null });
// @ts-expect-error: another model
Article.createGraph({ title: 'x', writer: new Card() });
// @ts-expect-error: another model, among others
Writer.createGraph({ name: 'Ann', articles: [new Card()] });

// without decorators
class Note extends defineModel('notes', { id: id(), body: text(), noteId: integer() }) {
  declare note: Note;
  declare notes: Note[];
  static {
    relate(Note, { note: belongsTo(() => Note, 'noteId'), notes: hasMany(() => Note, 'noteId') });
  }
}
is<Note>()(Note.createGraph({ body: 'x', note: { body: 'y' }, notes: [{ body: 'z', notes: [{ body: 'a' }] }] }));

// to one of several models: its type and key are not asked for where the relation is called like them
is<Remark>()(Remark.createGraph({ body: 'x', articleId: 1, subject: ann }));
is<Remark>()(Remark.createGraph({ body: 'x', articleId: 1, subjectType: 'writer', subject: { name: 'Ann' } }));
// @ts-expect-error: the body is missing
Remark.createGraph({ articleId: 1, subject: ann });
// @ts-expect-error: no such type
Remark.createGraph({ body: 'x', articleId: 1, subjectType: 'card', subject: ann });
// @ts-expect-error: the body is missing
Note.createGraph({ body: 'x', notes: [{}] });

// units of work
is<number>()(
  db.unitOfWork((work) => {
    is<UnitOfWork>()(work);
    is<Writer | undefined>()(work.find(Writer, 1));
    is<Query<Writer>>()(work.query(Writer));
    is<Writer>()(work.create(Writer, { name: 'Ann' }));
    is<Article>()(work.create(Article, { title: 'x', writer: ann, editorId: 1 }));
    is<Writer>()(work.add(ann));
    is<void>()(work.delete(ann));
    is<void>()(work.flush());
    // @ts-expect-error: the name is missing
    work.create(Writer, {});
    // @ts-expect-error: no such field
    work.create(Writer, { name: 'Ann', nmae: 1 });
    // @ts-expect-error: no instance of a model
    work.add({ name: 'Ann' });
    // @ts-expect-error: no key
    work.find(Writer, 'x');
    return 1;
  }),
);
// @ts-expect-error: no promises in a synchronous unit of work
db.unitOfWork(async (work) => work.flush());
is<Promise<string>>()(
  asyncDb.unitOfWork(async (work, tx) => {
    is<UnitOfWork<'async'>>()(work);
    is<Promise<Writer | undefined>>()(work.find(Writer, 1));
    is<AsyncQuery<Writer>>()(work.query(Writer));
    is<Writer>()(work.create(Writer, { name: 'Ann' }));
    await work.flush();
    return tx.alias;
  }),
);
