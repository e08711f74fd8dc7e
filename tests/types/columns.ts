/** A column's decorator fits fields of its type only, and accessors likewise. */
import {
  bigint,
  blob,
  boolean,
  choice,
  column,
  createdAt,
  date,
  datetime,
  decimal,
  id,
  index,
  integer,
  json,
  Model,
  real,
  sql,
  table,
  text,
  updatedAt,
  version,
  uuid,
  type Generated,
} from 'litemodel';
import { color, type Color } from './models.js';

export class Fits extends Model {
  @id() id!: Generated<number>;
  @id({ autoincrement: true }) plainId!: number;
  @integer() integer!: number;
  @integer({ default: () => 1 }) withFactory!: Generated<number>;
  @integer({ default: sql`1 + 1` }) withSql!: Generated<number>;
  @bigint() bigint!: bigint;
  @real() real!: number;
  @text() text!: string;
  @boolean() boolean!: boolean;
  @datetime() datetime!: Date;
  @datetime({ storage: 'integer', nullable: true }) integerDatetime!: Date | null;
  @date() date!: string;
  @decimal(10, 2) decimal!: string;
  @decimal(10, 2, { nullable: true }) nullableDecimal!: string | null;
  @blob() blob!: Uint8Array;
  @uuid() uuid!: string;
  @uuid({ primaryKey: true }) uuidKey!: Generated<string>;
  @choice(['a', 'b']) choice!: 'a' | 'b';
  @choice(['a', 'b'], { nullable: true }) nullableChoice!: 'a' | 'b' | null;
  @choice(['a', 'b'], { default: 'a' }) defaultChoice!: Generated<'a' | 'b'>;
  @json() json!: { anything: unknown };
  @json({ nullable: true }) nullableJson!: { anything: unknown } | null;
  @json<string[]>() typedJson!: string[];
  @json<string[]>({ nullable: true }) nullableTypedJson!: string[] | null;
  @column(color) column!: Color;
  @column(color, { nullable: true }) nullableColumn!: Color | null;
  @column() inferred!: string;
  @createdAt() createdAt!: Generated<Date>;
  @updatedAt() updatedAt!: Generated<Date>;
  @version() version!: Generated<number>;
  @text({ nullable: true }) nullable!: string | null;
  @text({ name: 'other', unique: true, index: true, hidden: true, collate: 'NOCASE', check: sql`1` }) options!: string;
  @text({ generated: sql`upper(text)`, stored: true }) generated!: Generated<string>;
  @text() accessor accessed: string = '';
  @text({ nullable: true }) accessor nullableAccessed: string | null = null;
}

export class DoesNotFit extends Model {
  // @ts-expect-error: a number
  @text() text!: number;
  // @ts-expect-error: a string
  @integer() integer!: string;
  // @ts-expect-error: a bigint has a column type of its own
  @integer() integerOfBigint!: bigint;
  // @ts-expect-error: a number may be rounded
  @bigint() bigint!: number;
  // @ts-expect-error: a string
  @real() real!: string;
  // @ts-expect-error: 0 and 1 are how it is stored
  @boolean() boolean!: number;
  // @ts-expect-error: text is how it is stored
  @datetime() datetime!: string;
  // @ts-expect-error: a day is a string, since it has no time and no zone
  @date() date!: Date;
  // @ts-expect-error: a number is not exact
  @decimal(10, 2) decimal!: number;
  // @ts-expect-error: an array
  @blob() blob!: number[];
  // @ts-expect-error: a number
  @uuid() uuid!: number;
  // @ts-expect-error: the column does not know all of them
  @choice(['a', 'b']) choice!: 'a' | 'b' | 'c';
  // @ts-expect-error: the JSON was said to be something else
  @json<string[]>() json!: number[];
  // @ts-expect-error: the codec decodes something else
  @column(color) column!: string;
  // @ts-expect-error: a string
  @createdAt() createdAt!: Generated<string>;
  // @ts-expect-error: a string
  @id() id!: Generated<string>;

  // @ts-expect-error: NULL is read as null
  @text({ nullable: true }) nullable!: string;
  // @ts-expect-error: undefined is not null
  @text({ nullable: true }) optional?: string;
  // @ts-expect-error: the column cannot be NULL
  @text() notNull!: string | null;
  // @ts-expect-error: NULL is read as null
  @json<string[]>({ nullable: true }) nullableJson!: string[];
  // @ts-expect-error: NULL is read as null
  @choice(['a', 'b'], { nullable: true }) nullableChoice!: 'a' | 'b';
  // @ts-expect-error: NULL is read as null
  @decimal(10, 2, { nullable: true }) nullableDecimal!: string;

  // @ts-expect-error: a number
  @text() accessor accessed: number = 0;
  // @ts-expect-error: NULL is read as null
  @text({ nullable: true }) accessor nullableAccessed: string = '';
}

// @ts-expect-error: a misspelt option
text({ uniqe: true });
// @ts-expect-error: a default of another type
text({ default: 5 });
// @ts-expect-error: a factory of another type
integer({ default: () => 'x' });
// @ts-expect-error: not among the choices
choice(['a', 'b'], { default: 'c' });
// @ts-expect-error: an id has no default
id({ default: 1 });
// @ts-expect-error: no such storage
datetime({ storage: 'real' });
// @ts-expect-error: a codec has to say how values are stored
column({ encode: (value: Color) => value.toNumber(), decode: () => undefined });

@table('indexed', { indexes: [{ on: ['first', 'second'], unique: true }], fillable: ['first'] })
@index({ on: 'first' })
@index({ on: sql`lower(first)`, name: 'lower', where: sql`second > 0` })
export class Indexed extends Model {
  @id() id!: Generated<number>;
  @text() first!: string;
  @integer() second!: number;
}

// @ts-expect-error: an index over a field that the class does not have
@index({ on: 'frist' })
export class Misspelt extends Model {
  @id() id!: Generated<number>;
  @text() first!: string;
}

// @ts-expect-error: the same in the options of the table
@table('misspelt', { primaryKey: ['frist', 'second'] })
export class MisspeltKey extends Model {
  @integer() first!: number;
  @integer() second!: number;
}
