import { DefinitionError } from '../errors/index.js';
import { sql, toSqlValue, type SqlValue } from '../sql/index.js';
import { columnDefinition, declareColumn, type Column, type ColumnOptions, type NullableColumn } from './column.js';
import type { ColumnDefinition } from './column-schema.js';
import { mismatch, type ColumnType, type StorageType } from './column-type.js';
import {
  bigintType,
  blobType,
  booleanType,
  choiceType,
  dateTimeIntegerType,
  dateTimeType,
  dateType,
  integerType,
  realType,
  textType,
  uuidType,
} from './column-types.js';
import { decimalType } from './decimal.js';

/** What makes columns of one type; the options decide whether they may be null and whether `create` asks for them. */
export interface ColumnFunction<Value, More = unknown> {
  (options: ColumnOptions<Value> & More & { readonly nullable: true }): NullableColumn<Value>;
  (options: ColumnOptions<Value> & More & { readonly default: unknown & {} }): Column<Value, true>;
  (options?: ColumnOptions<Value> & More): Column<Value>;
}

const factory =
  <Value>(type: ColumnType<Value>): ColumnFunction<Value> =>
  (options: ColumnOptions<Value> = {}) =>
    declareColumn(type, columnDefinition(type.name, options));

/**
 * The usual primary key: an INTEGER that SQLite numbers, which is the rowid by another name.
 *
 *     @id() id!: Generated<number>;       // "id" INTEGER NOT NULL PRIMARY KEY
 *
 * After the row with the largest id is deleted its number is given again; `autoincrement` never does, and costs a table.
 * https://sqlite.org/autoinc.html
 */
export function id(options: { readonly name?: string; readonly autoincrement?: boolean } = {}): Column<number, true> {
  const { autoincrement = false, ...rest } = options;
  return declareColumn(integerType, columnDefinition('id', { ...rest, primaryKey: true }, { autoincrement }));
}

/**
 * A whole number within ±(2^53 - 1): `"age" INTEGER NOT NULL`. Anything else throws `InvalidValueError`; a larger one in the
 * file throws `DecodeError` rather than being rounded.
 *
 *     @integer({ default: 0 }) age!: Generated<number>;     // "age" INTEGER NOT NULL DEFAULT 0
 */
export const integer: ColumnFunction<number> = /* @__PURE__ */ factory(integerType);

/**
 * A 64-bit whole number as bigint: `INTEGER`. Throws `InvalidValueError` beyond ±2^63.
 *
 *     @bigint() size!: bigint;                              // "size" INTEGER NOT NULL
 */
export const bigint: ColumnFunction<bigint> = /* @__PURE__ */ factory(bigintType);

/**
 * A number: `REAL`. NaN and the infinities throw `InvalidValueError`; -0 is stored as 0, as SQLite does.
 *
 *     @real() latitude!: number;                            // "latitude" REAL NOT NULL
 */
export const real: ColumnFunction<number> = /* @__PURE__ */ factory(realType);

/**
 * Text: `TEXT`. It is stored unchanged, NUL characters included; half a surrogate pair throws `InvalidValueError`.
 *
 *     @text({ unique: true }) email!: string;               // "email" TEXT NOT NULL UNIQUE
 *     @text({ nullable: true }) bio!: string | null;        // "bio" TEXT
 */
export const text: ColumnFunction<string> = /* @__PURE__ */ factory(textType);

/**
 * True or false as 1 and 0: `INTEGER CHECK (… IN (0, 1))`.
 *
 *     @boolean({ default: true }) active!: Generated<boolean>;
 *     // "active" INTEGER NOT NULL DEFAULT 1 CHECK ("active" IN (0, 1))
 */
export const boolean: ColumnFunction<boolean> = /* @__PURE__ */ factory(booleanType);

/**
 * A moment as a Date: `TEXT` such as `2026-11-21T05:41:00.000Z`, always UTC with milliseconds, so that it sorts. With
 * `{ storage: 'integer' }` it is milliseconds since 1970, which reads faster.
 *
 *     @datetime() startsAt!: Date;                          // "starts_at" TEXT NOT NULL
 */
export const datetime: ColumnFunction<Date, { readonly storage?: 'text' | 'integer' }> = (
  options: ColumnOptions<Date> & { readonly storage?: 'text' | 'integer' } = {},
) => {
  const { storage, ...rest } = options;
  return declareColumn(dateTimeOf(storage), columnDefinition('datetime', rest));
};

const dateTimeOf = (storage: 'text' | 'integer' | undefined) =>
  storage === 'integer' ? dateTimeIntegerType : dateTimeType;

/**
 * A day without a time or a zone, as a string: `TEXT` such as `2026-11-21`. Days that do not exist throw `InvalidValueError`.
 *
 *     @date() bornOn!: string;       // "born_on" TEXT NOT NULL CHECK ("born_on" IS date("born_on"))
 */
export const date: ColumnFunction<string> = /* @__PURE__ */ factory(dateType);

/**
 * Bytes: `BLOB`.
 *
 *     @blob({ nullable: true }) photo!: Uint8Array | null;  // "photo" BLOB
 *     @blob({ deferred: true }) scan!: Uint8Array;          // read when it is touched, and not with each row
 */
export const blob: ColumnFunction<Uint8Array> = /* @__PURE__ */ factory(blobType);

/**
 * A UUID in lower case: `TEXT`. As a primary key without a default it is random, from `crypto.randomUUID()`.
 *
 *     @uuid({ primaryKey: true }) id!: Generated<string>;   // "id" TEXT NOT NULL PRIMARY KEY
 */
export const uuid: UuidFunction = (options: ColumnOptions<string> = {}) => {
  const random = options.primaryKey === true && options.default === undefined;
  return declareColumn(
    uuidType,
    columnDefinition('uuid', random ? { ...options, default: () => crypto.randomUUID() } : options),
  );
};

/** A column factory whose primary keys have a default. */
export interface UuidFunction extends ColumnFunction<string> {
  (options: ColumnOptions<string> & { readonly primaryKey: true }): Column<string, true>;
}

/**
 * An exact decimal as a string: `decimal(10, 2)` holds "12345678.90" as the `INTEGER` 1234567890. At most 18 digits; more of
 * them after the point than declared throw `InvalidValueError`, for they are never rounded.
 *
 *     @decimal(10, 2) price!: string;                       // "price" INTEGER NOT NULL
 *     Product.filter({ price: gte('9.90') });               // … WHERE "price" >= ?, bound as 990
 */
export function decimal(
  precision: number,
  scale: number,
  options: ColumnOptions<string> & { readonly nullable: true },
): NullableColumn<string>;
export function decimal(
  precision: number,
  scale: number,
  options: ColumnOptions<string> & { readonly default: unknown & {} },
): Column<string, true>;
export function decimal(precision: number, scale: number, options?: ColumnOptions<string>): Column<string>;
export function decimal(precision: number, scale: number, options: ColumnOptions<string> = {}): never {
  return declareColumn(decimalType(precision, scale), columnDefinition('decimal', options));
}

/**
 * One of a few strings: `TEXT CHECK (… IN (…))`.
 *
 *     @choice(['draft', 'published']) status!: 'draft' | 'published';
 *     // "status" TEXT NOT NULL CHECK ("status" IN ('draft', 'published'))
 */
export function choice<const Choice extends string>(
  choices: readonly Choice[],
  options: ColumnOptions<NoInfer<Choice>> & { readonly nullable: true },
): NullableColumn<Choice>;
export function choice<const Choice extends string>(
  choices: readonly Choice[],
  options: ColumnOptions<NoInfer<Choice>> & { readonly default: unknown & {} },
): Column<Choice, true>;
export function choice<const Choice extends string>(
  choices: readonly Choice[],
  options?: ColumnOptions<NoInfer<Choice>>,
): Column<Choice>;
export function choice<Choice extends string>(
  choices: readonly Choice[],
  options: ColumnOptions<NoInfer<Choice>> = {},
): never {
  if (!Array.isArray(choices) || choices.length === 0) throw new DefinitionError('@choice needs at least one choice.');
  return declareColumn(choiceType(choices), columnDefinition('choice', options));
}

/** A column whose decorator fits every field. */
export interface UncheckedColumn {
  (target: unknown, context: object | string | symbol, descriptor?: unknown): void;
}

/** How values of your own are stored. */
export interface Codec<Value> {
  readonly storage: StorageType;
  /** The value to store; throw to refuse it. */
  encode(value: Value): string | number | bigint | Uint8Array;
  /** The value that was stored; throw when it is none. */
  decode(stored: string | number | bigint | Uint8Array): Value;
  /** What to call it in errors: "an IP address". */
  readonly expected?: string;
}

/**
 * A column of a type of your own, or, with no type, of the one that TypeScript emitted for the field.
 *
 *     const color: Codec<Color> = { storage: 'INTEGER', encode: (c) => c.rgb, decode: (rgb) => new Color(rgb) };
 *     @column(color) background!: Color;       // "background" INTEGER NOT NULL
 *     @column() name!: string;                 // "name" TEXT NOT NULL
 *
 * The second needs `experimentalDecorators`, `emitDecoratorMetadata` and reflect-metadata; elsewhere it throws
 * `DefinitionError`. It takes number for `integer()`: say `real()` for others. The codec is applied on every path: writing,
 * reading, filtering and defaults; the order of rows is that of what is stored.
 */
export function column<Value>(
  codec: Codec<Value>,
  options: ColumnOptions<Value> & { readonly nullable: true },
): NullableColumn<Value>;
export function column<Value>(
  codec: Codec<Value>,
  options: ColumnOptions<Value> & { readonly default: unknown & {} },
): Column<Value, true>;
export function column<Value>(codec: Codec<Value>, options?: ColumnOptions<Value>): Column<Value>;
export function column(options?: ColumnOptions<never>): UncheckedColumn;
export function column(
  codecOrOptions: Codec<unknown> | ColumnOptions<never> = {},
  options: ColumnOptions<unknown> = {},
): never {
  if ('storage' in codecOrOptions) {
    return declareColumn(codecType(codecOrOptions), columnDefinition('column', options));
  }
  return declareColumn<unknown>(undefined, columnDefinition('column', codecOrOptions), inferredType);
}

/** Bytes of its own: what is known to be stored must not change with a value that shares its memory. */
const ownCopy = (value: SqlValue): SqlValue => (value instanceof Uint8Array ? new Uint8Array(value) : value);

/** The user's codec as a column type; two values are the same when they are stored the same. */
function codecType(codec: Codec<unknown>): ColumnType<unknown> {
  return {
    name: 'column',
    storage: codec.storage,
    expected: codec.expected ?? 'a value that its codec can encode',
    encode: (value) =>
      value === null || value === undefined ? mismatch() : ownCopy(toSqlValue(codec.encode(value), 'A codec')),
    decode: (stored) => codec.decode(ownCopy(stored) as never),
  };
}

function inferredType(designType: unknown): ColumnType<unknown> | undefined {
  const inferable = [integerType, textType, booleanType, dateTimeType, bigintType] as unknown as ColumnType<unknown>[];
  if (typeof designType === 'function' && (designType === Uint8Array || designType.prototype instanceof Uint8Array)) {
    return blobType;
  }
  return inferable.find((type) => type.designTypes?.includes(designType));
}

/** The options of `createdAt`, `updatedAt` and `deletedAt`. */
export interface TimestampOptions {
  /** The column's name, where it is not the field's in snake_case. */
  readonly name?: string;
  /** ISO-8601 text unless said, or milliseconds since 1970. */
  readonly storage?: 'text' | 'integer';
  /** Whether SQLite keeps an index of it. */
  readonly index?: boolean;
}

const nowAsText = /* @__PURE__ */ sql`strftime('%Y-%m-%dT%H:%M:%fZ', 'now')`.fragment;
const nowAsInteger = /* @__PURE__ */ sql`CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)`.fragment;

function timestamp(name: string, options: TimestampOptions, more: Partial<ColumnDefinition>): Column<Date, true> {
  const { storage, ...rest } = options;
  const ddl = storage === 'integer' ? nowAsInteger : nowAsText;
  return declareColumn(
    dateTimeOf(storage),
    columnDefinition(name, rest, { default: { kind: 'factory', make: () => new Date(), sql: ddl }, ...more }),
  );
}

/**
 * When the row was inserted: set by `create` and `save`, and by a DEFAULT for other writers; never changed afterwards.
 *
 *     @createdAt() createdAt!: Generated<Date>;
 *     // "created_at" TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
 */
export const createdAt = (options: TimestampOptions = {}): Column<Date, true> =>
  timestamp('createdAt', options, { readOnly: 'stored' });

/**
 * When the row was last written by us: set at insert, and by each `save` or `update` that changes something.
 *
 *     @updatedAt() updatedAt!: Generated<Date>;
 */
export const updatedAt = (options: TimestampOptions = {}): Column<Date, true> =>
  timestamp('updatedAt', options, { onUpdate: () => new Date() });

/**
 * How often the row was written: 1 at insert, and one more with each update. A `save` or `delete` of an instance whose row was
 * written since it was read throws `StaleRecordError`, so that no change of somebody else's is lost.
 *
 *     @version() version!: Generated<number>;
 *     // "version" INTEGER NOT NULL DEFAULT 1
 *     // UPDATE "pages" SET "title" = ?, "version" = "version" + 1 WHERE "id" = ? AND "version" = ?
 */
export const version = (options: { readonly name?: string } = {}): Column<number, true> =>
  declareColumn(
    integerType,
    columnDefinition('version', options, {
      default: { kind: 'value', value: 1 },
      readOnly: 'stored',
      countsUpdates: true,
    }),
  );
