/** Derived columns: the relation, the fields of its rows, and what the column holds are compared. */
import {
  averageOf,
  belongsTo,
  countOf,
  defineModel,
  derived,
  fromFields,
  gt,
  hasMany,
  id,
  integer,
  maxOf,
  Model,
  real,
  sql,
  sumOf,
  table,
  text,
  type Generated,
} from 'litemodel';
import { is } from './equal.js';

@table('orders')
export class Order extends Model {
  @id() id!: Generated<number>;
  @text() title!: string;
  @hasMany(() => Line, 'orderId') lines!: Line[];
  @derived(countOf('lines'), integer()) readonly lineCount!: number;
  @derived(countOf('lines', { price: gt(5) }), integer()) readonly dear!: number;
  @derived(sumOf('lines', 'price'), integer({ index: true })) readonly sum!: number;
  @derived(sumOf('lines', sql`price * quantity`), integer()) readonly total!: number;
  @derived(maxOf('lines', 'price'), integer({ nullable: true })) readonly dearest!: number | null;
  @derived(averageOf('lines', 'price'), real({ nullable: true })) readonly mean!: number | null;
  @derived(fromFields(['title'], ({ title }: { title: string }) => title.toLowerCase()), text()) readonly slug!: string;
  @derived(fromFields(['title'], (order: Order) => order.title.length), integer()) readonly length!: number;
}

@table('lines')
export class Line extends Model {
  @id() id!: Generated<number>;
  @integer() orderId!: number;
  @integer() price!: number;
  @integer() quantity!: number;
  @belongsTo(() => Order, 'orderId') order!: Order;
}

export class Wrong extends Model {
  @text() title!: string;
  @hasMany(() => Line, 'orderId') lines!: Line[];
  // @ts-expect-error: no such relation
  @derived(countOf('line'), integer()) readonly a!: number;
  // @ts-expect-error: no field of a line
  @derived(sumOf('lines', 'prise'), integer()) readonly b!: number;
  // @ts-expect-error: no field of a line
  @derived(countOf('lines', { prise: 5 }), integer()) readonly c!: number;
  // @ts-expect-error: the column holds numbers
  @derived(countOf('lines'), integer()) readonly d!: string;
  // @ts-expect-error: the greatest of none is null
  @derived(maxOf('lines', 'price'), integer({ nullable: true })) readonly e!: number;
  // @ts-expect-error: the greatest of none is null
  @derived(maxOf('lines', 'price'), integer()) readonly f!: number;
  // @ts-expect-error: a count is never null
  @derived(countOf('lines'), integer({ nullable: true })) readonly g!: number | null;
  // @ts-expect-error: the function makes numbers
  @derived(fromFields(['title'], ({ title }: { title: string }) => title.length), text()) readonly h!: string;
  // @ts-expect-error: no field of the class
  @derived(fromFields(['name'], ({ name }: { name: string }) => name), text()) readonly i!: string;
  // @ts-expect-error: the function is not given that field
  @derived(fromFields(['titel'], ({ title }: { title: string }) => title), text()) readonly j!: string;
}

is<Order>()(Order.create({ title: 'x' }));
is<number[]>()(
  Order.filter({ total: gt(2), dearest: null })
    .orderBy('total')
    .pluck('total'),
);
// @ts-expect-error: read only
Order.all()[0]!.total = 5;

const Tag = defineModel('tags', {
  id: id(),
  name: text(),
  slug: derived(
    fromFields(['name'], ({ name }: { name: string }) => name),
    text(),
  ),
});
is<Generated<string>>()(Tag.create({ name: 'x' }).slug);
