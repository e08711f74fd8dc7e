/** Relations: their fields are checked by their decorators, and are no columns. */
import {
  belongsTo,
  defineModel,
  hasMany,
  hasOne,
  id,
  integer,
  Model,
  relate,
  table,
  text,
  type Generated,
} from 'litemodel';
import { is } from './equal.js';

@table('users')
export class Writer extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
  @hasMany(() => Article, 'writerId') articles!: Article[];
  @hasOne(() => Card, 'writerId') card!: Card | null;
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
