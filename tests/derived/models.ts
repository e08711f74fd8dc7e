/** Customers with orders of lines, whose totals and counts are derived. */
import {
  averageOf,
  belongsTo,
  countOf,
  derived,
  gt,
  hasMany,
  hasManyThrough,
  id,
  integer,
  manyToMany,
  maxOf,
  Model,
  real,
  sql,
  sumOf,
  table,
  text,
  type Generated,
} from 'litemodel';

@table('customers')
export class Customer extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
  @hasMany(() => Order, 'customerId') orders!: Order[];
  @hasManyThrough(() => Line, 'orders.lines') lines!: Line[];
  @derived(sumOf('orders', 'total'), integer({ index: true })) readonly spent!: number;
  @derived(countOf('lines', { price: gt(50) }), integer()) readonly dearLines!: number;
}

@table('orders')
export class Order extends Model {
  @id() id!: Generated<number>;
  @integer({ nullable: true }) customerId!: number | null;
  @belongsTo(() => Customer, 'customerId', { nullable: true, onDelete: 'set null' }) customer!: Customer | null;
  @hasMany(() => Line, 'orderId') lines!: Line[];
  @manyToMany(() => Tag) tags!: Tag[];
  @derived(sumOf('lines', sql`price * quantity`), integer()) readonly total!: number;
  @derived(countOf('lines'), integer()) readonly lineCount!: number;
  @derived(maxOf('lines', 'price'), integer({ nullable: true })) readonly dearest!: number | null;
  @derived(averageOf('lines', 'quantity'), real({ nullable: true })) readonly mean!: number | null;
  @derived(sumOf('tags', 'weight'), integer()) readonly weight!: number;
}

@table('lines')
export class Line extends Model {
  @id() id!: Generated<number>;
  @integer({ nullable: true }) orderId!: number | null;
  @integer() price!: number;
  @integer({ default: 1 }) quantity!: Generated<number>;
  @text({ nullable: true }) note!: string | null;
  @belongsTo(() => Order, 'orderId', { nullable: true, onDelete: 'cascade' }) order!: Order | null;
}

@table('tags')
export class Tag extends Model {
  @id() id!: Generated<number>;
  @integer() weight!: number;
}

@table('folders')
export class Folder extends Model {
  @id() id!: Generated<number>;
  @integer({ nullable: true }) parentId!: number | null;
  @integer({ default: 0 }) size!: Generated<number>;
  @belongsTo(() => Folder, 'parentId', { nullable: true, onDelete: 'cascade' }) parent!: Folder | null;
  @hasMany(() => Folder, 'parentId') children!: Folder[];
  @derived(countOf('children'), integer()) readonly childCount!: number;
  @derived(sumOf('children', 'size'), integer()) readonly inside!: number;
}

export const shop = [Customer, Order, Line, Tag, Folder];
