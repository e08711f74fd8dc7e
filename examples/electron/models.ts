import { createdAt, id, Model, table, text, type Generated } from 'litemodel/async';

/** Asynchronous in main, too: a window's transaction is waited for there. */
@table('notes')
export class Note extends Model {
  @id() id!: Generated<number>;
  @text() title!: string;
  @text({ default: '' }) body!: Generated<string>;
  @createdAt() createdAt!: Generated<Date>;
}

@table('accounts')
export class Account extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
  /** Is used by main, and undefined in windows. */
  @text({ hidden: true }) token!: string;
}
