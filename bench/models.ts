import { boolean, datetime, id, integer, json, Model, real, table, text, type Generated } from 'litemodel';
import type { Attributes } from './item.js';

/** The model of every workload: nine columns of all kinds, and an index. */
@table('items')
export class Item extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
  @text({ index: true }) category!: string;
  @text({ nullable: true }) note!: string | null;
  @integer() quantity!: number;
  @real() price!: number;
  @boolean() active!: boolean;
  @datetime() createdAt!: Date;
  @json() attributes!: Attributes;
}

/** The class as one of the ways to compile it made it. */
export type ItemModel = typeof Item;
