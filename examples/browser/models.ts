import { contains, id, Model, or, table, text, updatedAt, type Generated } from 'litemodel/async';

@table('notes')
export class Note extends Model {
  @id() id!: Generated<number>;
  @text() title!: string;
  @text({ default: '' }) body!: Generated<string>;
  @updatedAt() changedAt!: Generated<Date>;

  /** The notes in which a text stands somewhere, the latest first; all of them where there is none. */
  static matching(text: string) {
    const found = text === '' ? this.query() : this.filter(or({ title: contains(text) }, { body: contains(text) }));
    return found.orderBy(['changedAt', 'desc'], ['id', 'desc']);
  }
}
