/** The model of the tests of repositories: columns of every kind that can be compared. */
import {
  afterCreate,
  belongsTo,
  bigint,
  boolean,
  date,
  datetime,
  decimal,
  gte,
  hasMany,
  id,
  integer,
  json,
  like,
  manyToMany,
  Model,
  or,
  real,
  Repository,
  table,
  text,
  updatedAt,
  uuid,
  version,
  validate,
  rules,
  type Generated,
  type Where,
} from 'litemodel';

@table('shelves')
export class Shelf extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
  @hasMany(() => Product, 'shelfId') products!: Product[];
}

@table('labels')
export class Label extends Model {
  @id() id!: Generated<number>;
  @text({ unique: true }) word!: string;
}

@table('products', { indexes: [{ on: ['shelfId', 'place'], unique: true }] })
export class Product extends Model {
  @id() id!: Generated<number>;
  @text({ unique: true, collate: 'NOCASE' }) name!: string;
  @text({ nullable: true }) note!: string | null;
  @integer({ default: 0 }) stock!: Generated<number>;
  @real({ nullable: true }) weight!: number | null;
  @bigint({ nullable: true }) code!: bigint | null;
  @boolean({ default: true }) active!: Generated<boolean>;
  @decimal(10, 2, { nullable: true }) price!: string | null;
  @datetime({ nullable: true }) soldAt!: Date | null;
  @date({ nullable: true }) madeOn!: string | null;
  @uuid({ default: () => crypto.randomUUID() }) key!: Generated<string>;
  @json<string[]>({ default: () => [] }) tags!: Generated<string[]>;
  @integer({ nullable: true }) shelfId!: number | null;
  @integer({ nullable: true }) place!: number | null;
  @updatedAt() changedAt!: Generated<Date>;
  @version() version!: Generated<number>;
  @belongsTo(() => Shelf, 'shelfId', { nullable: true }) shelf!: Shelf | null;
  @manyToMany(() => Label) labels!: Label[];

  created?: number;

  @afterCreate()
  protected count(): void {
    this.created = (this.created ?? 0) + 1;
  }
}

@table('accounts')
export class Account extends Model {
  @id() id!: Generated<number>;
  @validate(rules.email()) @text() email!: string;
}

export const models = [Shelf, Label, Product, Account];

/** A condition with a name: a function that returns it. */
export const inStock = (atLeast = 1): Where<Product> => ({ stock: gte(atLeast) });
export const named = (pattern: string): Where<Product> => or({ name: like(pattern) }, { note: like(pattern) });

export class ProductRepository extends Repository(Product) {
  available(): Product[] {
    return this.filter(inStock()).filter({ active: true }).orderBy('name').all();
  }
}
