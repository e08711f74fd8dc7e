/** Computed fields: compared with what is said of them, and read only. */
import { boolean, computed, gt, id, integer, Model, sql, table, text, type Generated } from 'litemodel';
import { is } from './equal.js';

@table('orders')
export class Order extends Model {
  @id() id!: Generated<number>;
  @integer() price!: number;
  @computed(sql<number>`price * 2`) readonly double!: number;
  @computed(sql`price > 2`, boolean()) readonly isLarge!: boolean;
  @computed(sql`upper(note)`, text({ nullable: true })) readonly loud!: string | null;
  @computed(sql`price * 3`) readonly unchecked!: number;

  @computed() get label(): string {
    return 'x';
  }
}

export class Wrong extends Model {
  // @ts-expect-error: the SQL is said to be a number
  @computed(sql<number>`price * 2`) readonly a!: string;
  // @ts-expect-error: the type is said to be boolean
  @computed(sql`price > 2`, boolean()) readonly b!: number;
  // @ts-expect-error: it may be null
  @computed(sql`upper(note)`, text({ nullable: true })) readonly c!: string;
}

is<Order>()(Order.create({ price: 1 }));
is<number[]>()(
  Order.filter({ double: gt(2), isLarge: true })
    .orderBy('double')
    .pluck('double'),
);
is<{ id: Generated<number>; isLarge: boolean }[]>()(Order.query().select({ id: true, isLarge: true }).all());
// @ts-expect-error: no number
Order.filter({ double: 'x' });
// @ts-expect-error: read only
Order.all()[0]!.double = 5;
