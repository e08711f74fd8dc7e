import { id, integer, Model, table, text, type Generated } from 'litemodel';

@table('accounts')
export class Account extends Model {
  @id() id!: Generated<number>;
  @integer() balance!: number;
}

@table('transfers')
export class Transfer extends Model {
  @id({ autoincrement: true }) id!: Generated<number>;
  @integer() amount!: number;
  @text() memo!: string;
}

@table('entries', { indexes: [{ on: ['transferId'] }, { on: ['accountId', 'amount'] }] })
export class Entry extends Model {
  @id() id!: Generated<number>;
  @integer() transferId!: number;
  @integer() accountId!: number;
  @integer() amount!: number;
}

export const models = [Account, Transfer, Entry];
export const accounts = 8;
