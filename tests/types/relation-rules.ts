/** Rules of relations: what both rows are to have in common is a field of both models. */
import {
  belongsTo,
  defineModel,
  hasMany,
  hasOne,
  id,
  integer,
  manyToMany,
  Model,
  relate,
  table,
  text,
  type Generated,
} from 'litemodel';

@table('orders')
export class Order extends Model {
  @id() id!: Generated<number>;
  @integer() tenantId!: number;
  @text() region!: string;
  @hasMany(() => Line, 'orderId', { min: 1, max: 10 }) lines!: Line[];
  @hasMany(() => Line, 'orderId', { max: 10, same: ['tenantId', 'region'] }) ownLines!: Line[];
  @hasOne(() => Line, 'orderId', { same: ['tenantId'] }) first!: Line | null;
  @manyToMany(() => Line, { max: 5 }) some!: Line[];
  @manyToMany(() => Line, { same: ['tenantId'], table: 'x' }) own!: Line[];
  @manyToMany(() => Line, { through: () => Link, min: 1, same: ['tenantId'] }) linked!: Line[];
}

@table('lines')
export class Line extends Model {
  @id() id!: Generated<number>;
  @integer() tenantId!: number;
  @text() region!: string;
  @integer() orderId!: number;
  @integer({ nullable: true }) otherId!: number | null;
  @belongsTo(() => Order, 'orderId', { same: ['tenantId'], onDelete: 'cascade' }) order!: Order;
  @belongsTo(() => Order, 'otherId', { same: ['tenantId', 'region'], nullable: true }) other!: Order | null;
}

@table('links')
export class Link extends Model {
  @integer() orderId!: number;
  @integer() lineId!: number;
  @belongsTo(() => Order, 'orderId') order!: Order;
  @belongsTo(() => Line, 'lineId') line!: Line;
}

class Wrong extends Model {
  @integer() orderId!: number;
  // @ts-expect-error: an order has no such field
  @belongsTo(() => Order, 'orderId', { same: ['tenant'] }) a!: Order;
  // @ts-expect-error: this class has no such field
  @belongsTo(() => Order, 'orderId', { same: ['tenantId'] }) b!: Order;
  // @ts-expect-error: a line has no such field
  @hasMany(() => Line, 'orderId', { same: ['name'] }) c!: Line[];
  // @ts-expect-error: this class has no such field
  @hasMany(() => Line, 'orderId', { same: ['tenantId'] }) d!: Line[];
  // @ts-expect-error: no such option
  @hasMany(() => Line, 'orderId', { least: 1 }) e!: Line[];
  // @ts-expect-error: a number
  @hasMany(() => Line, 'orderId', { max: '10' }) f!: Line[];
  // @ts-expect-error: it leads to one row at most
  @belongsTo(() => Order, 'orderId', { max: 10 }) g!: Order;
  // @ts-expect-error: a line has no such field
  @manyToMany(() => Line, { same: ['name'] }) h!: Line[];
  // @ts-expect-error: this class has no such field
  @manyToMany(() => Line, { same: ['tenantId'] }) i!: Line[];
  // @ts-expect-error: this class has no such field
  @hasOne(() => Line, 'orderId', { same: ['tenantId'] }) j!: Line | null;
}
void Wrong;

class Sketch extends defineModel('sketches', { id: id(), tenantId: integer(), orderId: integer() }) {
  declare order: Order;
  declare lines: Line[];
  static {
    relate(Sketch, {
      order: belongsTo(() => Order, 'orderId', { same: ['tenantId'] }),
      lines: hasMany(() => Line, 'orderId', { max: 3, same: ['tenantId'] }),
    });
    // @ts-expect-error: a sketch has no region
    relate(Sketch, { order: belongsTo(() => Order, 'orderId', { same: ['region'] }) });
  }
}
void Sketch;
