import {
  MassAssignmentError,
  MissingFieldError,
  NoDatabaseError,
  QueryError,
  RecursiveHookError,
  TransactionError,
  UndefinedConditionError,
  type Failure,
} from '../errors/index.js';
import {
  compileWhere,
  Condition,
  deferredValue,
  encodeValue,
  eq,
  generate,
  insert,
  isUnderway,
  oncePerTable,
  quoted,
  readFirst,
  save,
  everyRow,
  Stored,
  validateWithHooks,
  type BoundTable,
} from '../query/index.js';
import { inTransaction, runAsync, runSync } from '../database/index.js';
import { isSqlChunk, type Program, type SqlValue } from '../sql/index.js';
import { isPlainObject, type ColumnSchema, type TableSchema } from '../schema/index.js';
import { listFailures } from '../validation/index.js';
import { bindingOf, schemaOf, viewOf, type Binding, type ModelHome, type TableProgram } from './binding.js';

type Fields = Record<string, unknown>;

/** The table of an instance: the one that it came from, or the one that its class is bound to. */
export function tableOf(instance: object): BoundTable {
  const table = storedTable(instance);
  if (table === undefined) return bindingOf(instance.constructor).table;
  if (Stored.row(instance) === undefined) return runSync(table.database, tableAnew(table));
  return table;
}

function storedTable(instance: object): BoundTable | undefined {
  const table = Stored.table(instance) as BoundTable | undefined;
  if (table?.isDetached === true) throw new NoDatabaseError(table.schema.modelName, table.database.alias);
  return table;
}

/** A rollback that undid an insert may have undone the table, too, where that was made for it. */
const tableAnew = (table: BoundTable): Program<BoundTable> => table.database.tableOf(table.schema);

/** Runs a program about an instance in the asynchronous face, in a transaction if one is given. */
export async function runLater<Result>(
  instance: object,
  program: TableProgram<Result>,
  home: ModelHome | undefined,
  signal?: AbortSignal,
): Promise<Result> {
  const table = storedTable(instance);
  if (table === undefined) return await bindingIn(home, instance.constructor).runLater(program, signal);
  if (home !== undefined && home.connected !== table.database) throw elsewhere(table, home);
  const isNew = Stored.row(instance) === undefined;
  return await runAsync(table.database, isNew ? inTableAnew(table, program) : program(table), home?.scope, signal);
}

const bindingIn = (home: ModelHome | undefined, model: object): Binding =>
  bindingOf(home === undefined ? model : viewOf(model, { home, face: 'async' }));

const elsewhere = ({ schema, database }: BoundTable, { alias }: ModelHome): TransactionError =>
  new TransactionError(
    `This ${schema.modelName} is in the database "${database.alias}", and the transaction in "${alias}".`,
    `Use a transaction of "${database.alias}", or insert another one with ${schema.modelName}.using(tx).create(…).`,
  );

/** What is being inserted: the answer of SQLite is still to come. */
const inserting = new WeakSet<object>();

/** Saves an instance in the asynchronous face. One that is saved again while it is inserted would be inserted twice. */
export async function saveLater(instance: object, home: ModelHome | undefined): Promise<void> {
  const isNew = Stored.row(instance) === undefined;
  if (isNew && inserting.has(instance)) {
    if (isUnderway('save', instance)) throw new RecursiveHookError(schemaOf(instance.constructor).modelName, 'save');
    throw new QueryError('This instance is being inserted already.', 'Await its first save before the next.');
  }
  if (isNew) inserting.add(instance);
  try {
    await runLater(instance, (table) => save(table, instance), home);
  } finally {
    if (isNew) inserting.delete(instance);
  }
}

function* inTableAnew<Result>(table: BoundTable, program: TableProgram<Result>): Program<Result> {
  return yield* program(yield* tableAnew(table));
}

/** A new instance with these fields, but for so many others that are named after relations. */
export function buildInstance(schema: TableSchema, fields: Fields, others = 0): object {
  if (typeof fields !== 'object' || fields === null) throw noFields(schema);
  const instance = quickBuild(schema)?.(fields, others) ?? buildWithCare(schema, fields, others);
  schema.lifecycle?.made(instance);
  return instance;
}

const noFields = ({ modelName }: TableSchema): QueryError =>
  new QueryError(`A ${modelName} is made of an object of fields.`, `Write ${modelName}.create({ … }).`);

/** Makes an instance of fields that the model has; `undefined` where there are others. */
type QuickBuild = (fields: Fields, others: number) => object | undefined;

const quickBuild = oncePerTable((schema): QuickBuild | undefined => {
  if (schema.columns.some(({ property }) => property in Object.prototype)) return undefined; // every object has it
  const steps = schema.columns.map(({ property }) => {
    const field = `[${quoted(property)}]`;
    return `f = fields${field}; if (f !== undefined) { o${field} = f; n++; }`;
  });
  const text = `function build(fields, others) {
  const o = new Instance();
  let f, n = 0;
  ${steps.join('\n  ')}
  return n + others === keys(fields).length ? o : undefined;
}`;
  return generate<QuickBuild>({ Instance: schema.options.model, keys: Object.keys }, text);
});

function buildWithCare(schema: TableSchema, fields: Fields, others: number): object {
  const Model = schema.options.model as unknown as new () => Fields;
  const instance = new Model();
  for (const field of Object.keys(fields)) {
    if (others === 0 || !schema.relations.has(field)) assign(schema, instance, field, fields[field]);
  }
  return instance;
}

/** Gives a field of an instance a value: an embedded object as one of its class, whatever it is given as. */
function assign(schema: TableSchema, instance: Fields, field: string, value: unknown): void {
  const embedded = schema.options.embedded?.get(field);
  if (embedded === undefined) instance[schema.column(field).property] = value;
  else instance[field] = embedded.toInstance(value, schema.modelName);
}

/** Inserts a new instance with these fields. */
export function* create(table: BoundTable, fields: Fields): Program<object> {
  const instance = buildInstance(table.schema, fields);
  yield* insert(table, instance);
  return instance;
}

/** Lists what is wrong with an instance, with its events. */
export const validateInstance = (table: BoundTable, instance: object): Program<readonly Failure[]> =>
  validateWithHooks(table, instance, () => listFailures(table, instance));

/** Finds the instance with these values, or creates it. The second look is under the write lock: nobody comes between. */
export function* findOrCreate(table: BoundTable, match: Fields, defaults: Fields): Program<object> {
  const found = yield* findMatch(table, match);
  if (found !== undefined) return found;
  return yield* inTransaction(table.database, function* () {
    return (yield* findMatch(table, match)) ?? (yield* create(table, { ...defaults, ...match }));
  });
}

/** Finds the instance with these values and saves the changes, or creates it with both. */
export function* updateOrCreate(table: BoundTable, match: Fields, changes: Fields): Program<object> {
  return yield* inTransaction(table.database, function* () {
    const found = yield* findMatch(table, match);
    if (found === undefined) return yield* create(table, { ...match, ...changes });
    for (const field of Object.keys(changes)) assign(table.schema, found as Fields, field, changes[field]);
    yield* save(table, found);
    return found;
  });
}

function* findMatch(table: BoundTable, match: Fields): Program<object | undefined> {
  const { modelName, relations } = table.schema;
  if (typeof match !== 'object' || (match as unknown) === null) throw noFields(table.schema);
  for (const [field, value] of Object.entries(match)) {
    if (relations.has(field)) {
      throw new QueryError(`${modelName}.${field} is a relation, and rows are matched by columns.`, 'Name its key.');
    }
    if (value instanceof Condition || isSqlChunk(value)) {
      throw new QueryError('What is found or created is matched by values, not by conditions.');
    }
  }
  const where = compileWhere(table.schema, equalities(match));
  if (where === undefined) throw new UndefinedConditionError('Nothing says which row is meant: the match is empty.');
  return yield* readFirst(table, { ...everyRow, where: [where] });
}

/** JSON has to be equal as a whole: an object would else be a condition on some of its keys. */
const equalities = (match: Fields): Fields =>
  Object.fromEntries(Object.entries(match).map(([field, value]) => [field, isWhole(value) ? eq(value) : value]));

const isWhole = (value: unknown): boolean => typeof value === 'object' && value !== null;

/** A primary key as its columns store it. */
export function keyParameters(schema: TableSchema, key: unknown): SqlValue[] {
  const { primaryKey, modelName } = schema;
  if (key === undefined || key === null) {
    throw new UndefinedConditionError(`${modelName}.findById was given ${String(key)}.`);
  }
  if (!isPlainObject(key)) {
    if (primaryKey.length === 1) return [encodeValue(schema.field(primaryKey[0]!), primaryKey[0]!, key)];
    const fields = primaryKey.map(({ property }) => property).join(', ');
    throw new QueryError(`The primary key of ${modelName} is ${fields}.`, `Write findById({ ${fields} }).`);
  }
  const fields = key as Fields;
  for (const field of Object.keys(fields)) {
    if (!schema.column(field).primaryKey) throw new QueryError(`${modelName}.${field} is no part of the primary key.`);
  }
  const missing = primaryKey.filter(({ property }) => fields[property] === undefined);
  if (missing.length > 0)
    throw new MissingFieldError(
      modelName,
      missing.map(({ property }) => property),
    );
  return primaryKey.map((column) => encodeValue(schema.field(column), column, fields[column.property]));
}

/** Sets fields from input of others: all of them, or none when one is refused. */
export function fillInstance(schema: TableSchema, instance: object, input: Fields): void {
  for (const field of Object.keys(input)) {
    if (!isFillable(schema, field)) throw new MassAssignmentError(schema.modelName, field);
  }
  for (const field of Object.keys(input)) assign(schema, instance as Fields, field, input[field]);
}

function isFillable(schema: TableSchema, field: string): boolean {
  const { fillable, embedded } = schema.options;
  const column = embedded?.has(field) === true ? undefined : schema.column(field);
  if (fillable !== undefined) return fillable.has(field);
  if (column === undefined) return true;
  return !column.primaryKey && column.readOnly === 'never';
}

/** The visible columns of an instance by field; those of an embedded object within it. */
export function visibleFields(schema: TableSchema, instance: object): [string, unknown][] {
  const { embedded } = schema.options;
  const visible = schema.columns.filter(({ hidden }) => !hidden);
  const known = schema.read === schema.columns ? visible : visible.filter((column) => isKnown(instance, column));
  const single = embedded === undefined ? known : known.filter((column, at) => isFirstPart(known, column, at));
  return single
    .map(
      (column) =>
        [column.embedded?.field ?? column.property, visibleValue(instance as Fields, column, known)] as [
          string,
          unknown,
        ],
    )
    .filter(([, value]) => value !== undefined);
}

const isKnown = (instance: object, column: ColumnSchema): boolean =>
  !column.deferred || deferredValue(instance, column) !== undefined;

/** An embedded object has several columns, and stands where the first of them does. */
const isFirstPart = (columns: readonly ColumnSchema[], { embedded }: ColumnSchema, at: number): boolean =>
  embedded === undefined || columns.findIndex((other) => other.embedded?.field === embedded.field) === at;

function visibleValue(
  instance: Fields,
  { property, embedded }: ColumnSchema,
  visible: readonly ColumnSchema[],
): unknown {
  if (embedded === undefined) return instance[property];
  const whole = instance[embedded.field] as Fields | null | undefined;
  if (whole === null || whole === undefined) return whole;
  const parts = visible.flatMap((column) => (column.embedded?.field === embedded.field ? column.embedded.part : []));
  return Object.fromEntries(parts.map((part) => [part, whole[part]]));
}

/** What `toJSON` gives: the visible columns, and the getters that were said to belong to them. */
export function jsonOf(schema: TableSchema, instance: object): Fields {
  const { getters, embedded } = schema.options;
  const json = Object.fromEntries(
    visibleFields(schema, instance).map(([field, value]) => [
      field,
      embedded?.has(field) === true ? embeddedJson(value) : jsonValue(value),
    ]),
  );
  for (const name of getters ?? []) json[name] = jsonValue((instance as Fields)[name]);
  return json;
}

const embeddedJson = (value: unknown): unknown =>
  value && Object.fromEntries(Object.entries(value).map(([part, each]) => [part, jsonValue(each)]));

/** A value as JSON can have it. */
function jsonValue(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (!(value instanceof Uint8Array)) return value;
  return btoa(Array.from(value, (byte) => String.fromCharCode(byte)).join(''));
}
