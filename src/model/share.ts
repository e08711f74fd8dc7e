import { runAsync } from '../database/index.js';
import { channelOver, type DispatchingPort, type EmittingPort } from '../driver/channel.js';
import { QueryError, UndefinedConditionError } from '../errors/index.js';
import { Grants, serveUntrusted, type Grant, type Operation } from '../port/index.js';
import { encodeValue, type Changes, type FieldOf } from '../query/index.js';
import type { ColumnSchema, TableSchema } from '../schema/index.js';
import type { SqlValue } from '../sql/index.js';
import type { AsyncDatabase } from './async-database.js';
import { schemaOf } from './binding.js';
import type { Database } from './database.js';
import type { Of } from './face.js';

/** Limits to what `allow` allows. */
export interface AllowOptions<Instance> {
  /**
   * What these fields hold in every row that may be used: other rows are neither found, changed nor deleted, and none can be
   * made or moved there. A new row is given them where it does not say them itself.
   */
  readonly rows?: Changes<Instance>;
  /** Fields of hidden columns that may be used all the same. */
  readonly showing?: readonly FieldOf<Instance>[];
}

/** A model that may be used over a port, from `allow`. */
export class Allowance {
  /** @internal */
  readonly grant: Grant;

  /** @internal */
  constructor(grant: Grant) {
    this.grant = grant;
  }
}

/** What whoever has the other end of a port may do. */
export type ShareOptions =
  | {
      /** The models that may be used; no others. */
      readonly models: readonly Allowance[];
    }
  | {
      /** Any SQL whatever, so that nothing is protected: for a page that runs nobody's code but yours. */
      readonly sql: true;
    };

const operationNames: readonly unknown[] = ['create', 'read', 'update', 'delete'] satisfies Operation[];

/**
 * Lets a model be used over a port: what may be done with its rows, and with which.
 *
 *     allow(Note, ['read', 'create', 'update', 'delete'])
 *     allow(Tag, ['read'])
 *     allow(Draft, ['read', 'update'], { rows: { authorId: 7 }, showing: ['secret'] })
 *
 * Hidden columns are not there unless they are shown: they can be neither read, written, compared nor ordered by. Read-only
 * columns stay so. Throws `QueryError` for a limit that could not be kept.
 */
export function allow<Instance>(
  model: Of<Instance>,
  operations: readonly Operation[],
  { rows = undefined, showing = [] }: AllowOptions<NoInfer<Instance>> = {},
): Allowance {
  const schema = schemaOf(model);
  const unknown = operations.find((operation) => !operationNames.includes(operation));
  if (unknown !== undefined) throw new QueryError(`"${String(unknown)}" is not one of ${operationNames.join(', ')}.`);
  return new Allowance({
    schema,
    operations: new Set(operations),
    columns: visibleColumns(schema, showing),
    rows: requiredRows(schema, rows),
  });
}

function visibleColumns(schema: TableSchema, showing: readonly string[]): Map<string, ColumnSchema> {
  const shown = showing.map((field) => schema.column(field));
  const visible = schema.stored.filter((column) => !column.hidden || shown.includes(column));
  const hiddenKey = schema.primaryKey.find((column) => !visible.includes(column));
  if (hiddenKey !== undefined) {
    throw new QueryError(
      `${schema.field(hiddenKey)} is hidden, and without its primary key no row can be named.`,
      `Say { showing: ['${hiddenKey.property}'] }.`,
    );
  }
  return new Map(visible.map((column) => [column.name, column]));
}

/** Which rows may be used: of a model that shares its table, only its own. */
function requiredRows(
  schema: TableSchema,
  rows: Readonly<Record<string, unknown>> | undefined,
): ReadonlyMap<ColumnSchema, SqlValue> {
  const { family, subtype } = schema.options;
  const required = rows === undefined ? new Map<ColumnSchema, SqlValue>() : requiredValues(schema, rows);
  if (subtype !== undefined) required.set(schema.column(family!.discriminator), subtype);
  return required;
}

function requiredValues(schema: TableSchema, rows: Readonly<Record<string, unknown>>): Map<ColumnSchema, SqlValue> {
  const fields = Object.keys(rows);
  if (fields.length === 0) throw new UndefinedConditionError(`The rows of ${schema.modelName} are all that there are.`);
  return new Map(fields.map((field) => requiredValue(schema, schema.column(field), rows[field])));
}

function requiredValue(schema: TableSchema, column: ColumnSchema, value: unknown): [ColumnSchema, SqlValue] {
  const field = schema.field(column);
  if (value === undefined) throw new UndefinedConditionError(`${field} is undefined, which would allow every row.`);
  const encoded = encodeValue(field, column, value);
  if (encoded instanceof Uint8Array || column.readOnly === 'always') {
    throw new QueryError(`${field} cannot say which rows may be used.`, 'Take a column that is written, and no bytes.');
  }
  return [column, encoded];
}

/**
 * Shares an open database with whoever has the other end of a port, such as a window of Electron, which calls `open` of
 * `litemodel/electron-renderer` on it.
 *
 *     const { port1, port2 } = new MessageChannelMain();
 *     shareDatabase(db, port1, { models: [allow(Note, ['read', 'create']), allow(Tag, ['read'])] });
 *
 * What is not allowed throws `ForbiddenError` there, and nothing is run here. Transactions of all who share the database, and
 * asynchronous ones of yours, wait for each other; those of a port that is closed are rolled back. Call what is returned to take
 * the database away again.
 */
export function shareDatabase(
  db: Database | AsyncDatabase,
  port: EmittingPort | DispatchingPort,
  options: ShareOptions,
): () => void {
  const { connected } = db;
  const grants = limitsOf(options);
  return serveUntrusted(channelOver(port), connected, {
    grants,
    pragmas: db.pragmas,
    prepare: async () => {
      for (const { schema } of grants?.all ?? []) await runAsync(connected, db.tableOf(schema), connected.root);
    },
  });
}

/** What may be done; anything only where that is said in so many words, for a slip must not open the door. */
function limitsOf(options: ShareOptions): Grants | undefined {
  const { models, sql } = options as { readonly models?: unknown; readonly sql?: unknown };
  if (sql === true && models === undefined) return undefined;
  const isList = Array.isArray(models) && models.every((model) => model instanceof Allowance);
  if (isList && sql === undefined) return grantsOf(models);
  throw new QueryError(
    'A database is shared either with { models: [allow(…), …] } or with { sql: true }.',
    'Say of each model what may be done: allow(Note, ["read"]).',
  );
}

function grantsOf(allowances: readonly Allowance[]): Grants {
  const grants = allowances.map(({ grant }) => grant);
  const names = grants.map(({ schema }) => schema.name);
  const twice = grants.find(({ schema }, index) => names.indexOf(schema.name) !== index);
  if (twice === undefined) return new Grants(grants);
  throw new QueryError(`The table of ${twice.schema.modelName} is allowed twice.`, 'Say all of it in one allow(…).');
}
