/** Relations: their fields are checked by their decorators, and are no columns. */
import {
  and,
  belongsTo,
  belongsToAny,
  choice,
  defineModel,
  every,
  gte,
  hasMany,
  hasManyThrough,
  hasOne,
  hasOneThrough,
  id,
  integer,
  like,
  manyToMany,
  Model,
  none,
  not,
  ofModel,
  or,
  relate,
  some,
  table,
  text,
  type AsyncQuery,
  type Generated,
  type Query,
} from 'litemodel';
import { is } from './equal.js';

@table('users')
export class Writer extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
  @hasMany(() => Article, 'writerId') articles!: Article[];
  @hasOne(() => Card, 'writerId') card!: Card | null;
  @hasMany(() => Remark, 'subject') remarks!: Remark[];
}

@table('cards')
export class Card extends Model {
  @id() id!: Generated<number>;
  @integer() writerId!: number;
  @belongsTo(() => Writer, 'writerId', { onDelete: 'cascade', deferrable: true }) writer!: Writer;
}

@table('articles')
export class Article extends Model {
  @id() id!: Generated<number>;
  @text() title!: string;
  @integer() writerId!: number;
  @integer({ nullable: true }) editorId!: number | null;
  @belongsTo(() => Writer, 'writerId') writer!: Writer;
  @belongsTo(() => Writer, ['editorId'], { nullable: true, onDelete: 'set null' }) editor!: Writer | null;
}

class Wrong extends Model {
  @integer() writerId!: number;
  @integer({ nullable: true }) editorId!: number | null;
  // @ts-expect-error: no field of this class
  @belongsTo(() => Writer, 'wirterId') a!: Writer;
  // @ts-expect-error: another model
  @belongsTo(() => Article, 'writerId') b!: Writer;
  // @ts-expect-error: there may be none
  @belongsTo(() => Writer, 'editorId', { nullable: true }) c!: Writer;
  // @ts-expect-error: no such action
  @belongsTo(() => Writer, 'writerId', { onDelete: 'drop' }) d!: Writer;
  // @ts-expect-error: no field of the other class
  @hasMany(() => Article, 'wirterId') e!: Article[];
  // @ts-expect-error: any number of them
  @hasMany(() => Article, 'writerId') f!: Article;
  // @ts-expect-error: of another model
  @hasMany(() => Article, 'writerId') g!: Writer[];
  // @ts-expect-error: there may be none
  @hasOne(() => Card, 'writerId') h!: Card;
  // @ts-expect-error: no such option
  @belongsTo(() => Writer, 'writerId', { onDelet: 'cascade' }) i!: Writer;
}
void Wrong;

// without decorators
class Note extends defineModel('notes', { id: id(), writerId: integer(), editorId: integer({ nullable: true }) }) {
  declare writer: Writer;
  declare editor: Writer | null;
  declare notes: Note[];
  static {
    relate(Note, {
      writer: belongsTo(() => Writer, 'writerId'),
      editor: belongsTo(() => Writer, 'editorId', { nullable: true }),
      notes: hasMany(() => Note, 'writerId'),
    });
    // @ts-expect-error: no such field
    relate(Note, { wirter: belongsTo(() => Writer, 'writerId') });
    // @ts-expect-error: another model
    relate(Note, { writer: belongsTo(() => Card, 'writerId') });
    // @ts-expect-error: any number of them
    relate(Note, { writer: hasMany(() => Note, 'writerId') });
    // @ts-expect-error: no field of this class
    relate(Note, { writer: belongsTo(() => Writer, 'wirterId') });
    // @ts-expect-error: there may be none
    relate(Note, { writer: belongsTo(() => Writer, 'editorId', { nullable: true }) });
  }
}

// no columns
Writer.create({ name: 'Ann' });
Article.create({ title: 'x', writerId: 1 });
is<Note>()(Note.create({ writerId: 1 }));
// @ts-expect-error: a relation is no column
Article.create({ title: 'x', writerId: 1, writer: new Writer() });
// @ts-expect-error: a relation is no column
Writer.query().select('articles');
// @ts-expect-error: a relation is no column
Writer.query().orderBy('card');
// @ts-expect-error: a relation is no column
Article.filter({ id: 1 }).update({ writer: new Writer() });

// read along
is<Query<Writer>>()(Writer.with('articles', 'articles.editor', 'card'));
is<Query<Writer>>()(Writer.with('articles.writer.articles.editor'));
is<Query<Writer>>()(Writer.with({ articles: { filter: { title: like('A%') }, orderBy: ['id', 'desc'], limit: 3 } }));
is<Query<Writer>>()(Writer.query().with({ articles: { with: { editor: { with: 'card' } } }, card: true }));
is<AsyncQuery<Writer>>()(Writer.async().with('articles').strictLoading());
is<Article[]>()(Writer.with('articles').all()[0]!.articles);
is<Writer>()(new Writer().load('articles.editor'));
is<Promise<Writer>>()(new Writer().async.load('articles', 'card'));
// @ts-expect-error: no such relation
Writer.with('artciles');
// @ts-expect-error: no such relation, further on
Writer.with('articles.edtor');
// @ts-expect-error: a column
Writer.with('name');
// @ts-expect-error: a column, further on
Writer.with('articles.title');
// @ts-expect-error: no such relation
Writer.with({ artciles: true });
// @ts-expect-error: no such field
Writer.with({ articles: { filter: { titel: 'x' } } });
// @ts-expect-error: no such field
Writer.with({ articles: { orderBy: 'titel' } });
// @ts-expect-error: no such relation, further on
Writer.with({ articles: { with: { edtor: true } } });
// @ts-expect-error: what is selected is said by select
Writer.with({ articles: { select: ['title'] } });
// @ts-expect-error: no such relation
new Writer().load('artciles');

// conditions
Article.filter({ writer: { name: 'Ann', card: { id: gte(1) } }, editor: null });
Article.filter({ writer: new Writer(), editor: new Writer() });
Writer.filter({ articles: some({ title: like('A%'), editor: { name: 'Ann' } }), card: null });
Writer.filter(or({ articles: every({ title: 'x' }) }, not({ articles: none() })));
Writer.filter({ articles: some(and({ title: 'x' }, { editor: { articles: some() } })) });
// @ts-expect-error: no such field
Article.filter({ writer: { nmae: 'Ann' } });
// @ts-expect-error: a string
Article.filter({ writer: { name: 3 } });
// @ts-expect-error: there always is one
Article.filter({ writer: null });
// @ts-expect-error: another model
Article.filter({ writer: new Card() });
// @ts-expect-error: no such field
Writer.filter({ articles: some({ titel: 'x' }) });
// @ts-expect-error: any number of them
Writer.filter({ articles: { title: 'x' } });
// @ts-expect-error: one at most
Article.filter({ writer: some() });
// @ts-expect-error: every one of them is what?
Writer.filter({ articles: every() });

// many-to-many
@table('labels')
class Label extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
  @manyToMany(() => Writer) writers!: Writer[];
  @manyToMany(() => Article, { table: 'labelled', from: 'label_id', to: ['article_id'] }) articles!: Article[];
  @manyToMany(() => Label, { through: () => LabelPair, from: 'one', to: 'other' }) similar!: Label[];
}
@table('label_pairs')
class LabelPair extends Model {
  @id() id!: Generated<number>;
  @integer() oneId!: number;
  @integer() otherId!: number;
  @integer({ default: 0 }) weight!: Generated<number>;
  @belongsTo(() => Label, 'oneId') one!: Label;
  @belongsTo(() => Label, 'otherId') other!: Label;
}
class WrongLabel extends Model {
  // @ts-expect-error: any number of them
  @manyToMany(() => Writer) a!: Writer;
  // @ts-expect-error: another model
  @manyToMany(() => Writer) b!: Label[];
  // @ts-expect-error: no such option
  @manyToMany(() => Writer, { tabel: 'x' }) c!: Writer[];
  // @ts-expect-error: no relation of the join model
  @manyToMany(() => Label, { through: () => LabelPair, from: 'oen' }) d!: Label[];
  // @ts-expect-error: a column of the join model
  @manyToMany(() => Label, { through: () => LabelPair, from: 'oneId' }) e!: Label[];
}
void WrongLabel;

// the query behind a relation
const writer = new Writer();
const label = new Label();
is<Article[]>()(writer.related('articles').filter({ title: 'x' }).orderBy('title').all());
is<number>()(writer.related('articles').update({ title: 'x' }));
is<Article>()(writer.related('articles').create({ title: 'x' }));
is<Article>()(writer.related('articles').build({ title: 'x' }));
is<Card | undefined>()(writer.related('card').first());
is<Card>()(writer.related('card').create({}));
is<Promise<Article>>()(writer.async.related('articles').create({ title: 'x' }));
is<Promise<number>>()(writer.related('articles').async.count());
is<Promise<number>>()(label.async.related('writers').attach(writer));
is<number>()(label.related('writers').attach([writer, 7]));
is<number>()(label.related('similar').attach<LabelPair>(7, { weight: 3 }));
is<number[]>()(label.related('writers').sync([7]).attached);
is<number[]>()(label.related('writers').toggle(7).detached);
is<Promise<number>>()(label.related('writers').async.detach());
// @ts-expect-error: no such relation
writer.related('artciles');
// @ts-expect-error: a column
writer.related('name');
// @ts-expect-error: no such relation
writer.async.related('artciles');
// @ts-expect-error: a title is asked for
writer.related('articles').create({});
// @ts-expect-error: no such field
writer.related('articles').create({ title: 'x', titel: 'x' });
// @ts-expect-error: no such field
writer.related('articles').filter({ titel: 'x' });
// @ts-expect-error: another model
label.related('writers').attach(new Card());
// @ts-expect-error: no key
label.related('writers').attach('x');
// @ts-expect-error: no such column of the join model
label.related('similar').attach<LabelPair>(7, { wieght: 3 });
// @ts-expect-error: one row at most
void writer.related('card').attach;

// through others, and to one of several models
@table('remarks')
export class Remark extends Model {
  @id() id!: Generated<number>;
  @text() body!: string;
  @choice(['writer', 'article']) subjectType!: 'writer' | 'article';
  @integer() subjectId!: number;
  @integer() articleId!: number;
  @belongsTo(() => Article, 'articleId') article!: Article;
  @hasOneThrough(() => Writer, 'article.writer') writer!: Writer | null;
  @hasManyThrough(() => Article, 'article.writer.articles') others!: Article[];
  @belongsToAny(() => ({ writer: Writer, article: Article }), 'subjectType', 'subjectId') subject!: Writer | Article;
}
class WrongRemark extends Model {
  @integer({ nullable: true }) key!: number | null;
  @text({ nullable: true }) type!: string | null;
  @belongsTo(() => Article, 'key', { nullable: true }) article!: Article | null;
  // @ts-expect-error: no field of this class
  @hasManyThrough(() => Article, 'artcile.writer') a!: Article[];
  // @ts-expect-error: that is hasMany
  @hasManyThrough(() => Article, 'article') b!: Article[];
  // @ts-expect-error: any number of them
  @hasManyThrough(() => Writer, 'article.writer') c!: Writer;
  // @ts-expect-error: there may be none
  @hasOneThrough(() => Writer, 'article.writer') d!: Writer;
  // @ts-expect-error: no field of this class
  @belongsToAny(() => ({ writer: Writer }), 'tpye', 'key', { nullable: true }) e!: Writer | null;
  // @ts-expect-error: no field of this class
  @belongsToAny(() => ({ writer: Writer }), 'type', 'kye', { nullable: true }) f!: Writer | null;
  // @ts-expect-error: there may be none
  @belongsToAny(() => ({ writer: Writer }), 'type', 'key', { nullable: true }) g!: Writer;
  // @ts-expect-error: another model
  @belongsToAny(() => ({ writer: Writer, article: Article }), 'type', 'key', { nullable: true }) h!: Card | null;
}
void WrongRemark;
Remark.filter({ subject: ofModel(Writer, { name: 'Ann' }) });
Remark.filter(or({ subject: ofModel(Article, { title: like('A%') }) }, { subject: new Writer() }));
Remark.filter({ subject: { id: 7 }, others: some({ title: 'x' }), writer: null });
Remark.with('subject', 'others.editor', 'writer');
is<Writer | Article>()(new Remark().related('subject').all()[0]!);
is<number>()(new Remark().related('others').count());
is<Remark>()(writer.related('remarks').create({ body: 'x' }));
// @ts-expect-error: a body is asked for
writer.related('remarks').create({ articleId: 3 });
// @ts-expect-error: no such field
Remark.filter({ subject: ofModel(Writer, { nmae: 'Ann' }) });
// @ts-expect-error: another model
Remark.filter({ subject: ofModel(Card) });
// @ts-expect-error: another model
Remark.filter({ subject: new Card() });
// @ts-expect-error: a field of one of them only
Remark.filter({ subject: { name: 'Ann' } });
