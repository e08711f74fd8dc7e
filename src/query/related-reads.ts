import { QueryError, UnknownFieldError } from '../errors/index.js';
import { isPlainObject, type TableSchema } from '../schema/index.js';
import type { Program } from '../sql/index.js';
import type { BoundTable } from './bound-table.js';
import { compileWhere } from './compile-where.js';
import { loadDeferred } from './deferred.js';
import { showDeleted } from './deletion.js';
import { compileOrder } from './order.js';
import { because, everyRow, rowCount, type QueryState, type RelatedRead, type Relation } from './query-state.js';
import { relationOf } from './related-values.js';

type Reads = readonly RelatedRead[];

/** What `with` says of one relation. */
interface Wanted {
  readonly filter?: unknown;
  readonly orderBy?: unknown;
  readonly limit?: number;
  readonly withDeleted?: boolean;
  readonly with?: unknown;
}

/** Adds what `with` was given to the relations that are read along: names, paths of names, or an object by name. */
export function readAlong(
  schema: TableSchema,
  reads: readonly RelatedRead[],
  wanted: readonly unknown[],
): readonly RelatedRead[] {
  return wanted.reduce<readonly RelatedRead[]>((known, each) => {
    if (typeof each === 'string') return addPath(schema, known, each.split('.'));
    if (isPlainObject(each)) return addEach(schema, known, each as Readonly<Record<string, unknown>>);
    throw new QueryError(
      'with takes names of relations, or an object of them.',
      "Write with('posts', 'posts.comments').",
    );
  }, reads);
}

function addPath(schema: TableSchema, reads: readonly RelatedRead[], [name, ...rest]: string[]): Reads {
  return change(schema, reads, name!, (state, relation) =>
    rest.length === 0 ? state : { ...state, related: addPath(relation.target, state.related, rest) },
  );
}

function addEach(schema: TableSchema, reads: readonly RelatedRead[], wanted: Readonly<Record<string, unknown>>): Reads {
  return Object.entries(wanted).reduce(
    (known, [name, options]) =>
      options === undefined
        ? known
        : change(schema, known, name, (state, relation) =>
            narrowed(`${schema.modelName}.${name}`, relation, state, options),
          ),
    reads,
  );
}

/** The reads with one of them changed, or added. */
function change(
  schema: TableSchema,
  reads: readonly RelatedRead[],
  name: string,
  next: (state: QueryState, relation: Relation) => QueryState,
): readonly RelatedRead[] {
  const relation = relationOf(schema, name);
  const known = reads.find((read) => read.relation === relation);
  const read = { relation, state: next(known?.state ?? everyRow, relation) };
  return known === undefined ? [...reads, read] : reads.map((each) => (each === known ? read : each));
}

/** Loads what is named of the relations of an instance, and of those read together with it, as far as it is not loaded. */
export function* load(table: BoundTable, instance: object, paths: readonly unknown[]): Program<void> {
  for (const path of paths) {
    if (typeof path !== 'string')
      throw new QueryError('load takes names of relations.', "Write load('posts.comments').");
  }
  const { schema } = table;
  for (const path of paths as readonly string[]) checkIsLoaded(schema, path);
  const columns = paths.flatMap((path) => schema.columnsByProperty.get(path as string) ?? []);
  for (const column of columns.filter(({ deferred }) => deferred)) yield* loadDeferred(table, instance, column);
  const relations = paths.filter((path) => schema.columnsByProperty.get(path as string)?.deferred !== true);
  for (const { relation, state } of readAlong(schema, [], relations))
    yield* relation.ensure(table, instance, because('load', state));
}

/** Refuses a name of what is not loaded by name, with one of what is. */
function checkIsLoaded({ modelName, relations, columnsByProperty }: TableSchema, path: string): void {
  const [name = ''] = path.split('.');
  if (relations.has(name) || columnsByProperty.has(name)) return;
  const deferred = [...columnsByProperty.values()].flatMap((each) => (each.deferred ? each.property : []));
  if (relations.size + deferred.length > 0)
    throw new UnknownFieldError(modelName, name, [...relations.keys(), ...deferred]);
  throw new QueryError(`${modelName} has neither relations nor deferred columns, so there is no "${name}" to load.`);
}

const options = ['filter', 'orderBy', 'limit', 'withDeleted', 'with'];

function narrowed(name: string, relation: Relation, state: QueryState, wanted: unknown): QueryState {
  if (wanted === true) return state;
  if (!isPlainObject(wanted)) {
    throw new QueryError(`with takes true or an object for ${name}.`, `It may hold ${options.join(', ')}.`);
  }
  const strange = Object.keys(wanted).find((option) => !options.includes(option));
  if (strange !== undefined) {
    throw new QueryError(`with has no option "${strange}" for ${name}.`, `There are ${options.join(', ')}.`);
  }
  const { filter, orderBy, limit, withDeleted, with: along } = wanted as Wanted;
  const { target } = relation;
  const condition = filter === undefined ? undefined : compileWhere(target, filter);
  return {
    ...state,
    where: condition === undefined ? state.where : [...state.where, condition],
    orderBy: orderBy === undefined ? state.orderBy : compileOrder(target, orderTerms(orderBy)),
    limit: limit === undefined ? state.limit : rowCount('limit', limit),
    scopes: withDeleted === true ? showDeleted(target, state.scopes, 'with') : state.scopes,
    related: along === undefined ? state.related : readAlong(target, state.related, listOf(along)),
  };
}

const listOf = (given: unknown): readonly unknown[] => (Array.isArray(given) ? given : [given]);

/** One term or several: `['id', 'desc']` is one, a field with its direction. */
function orderTerms(given: unknown): readonly unknown[] {
  if (!Array.isArray(given)) return [given];
  const isTerm = given.length === 2 && typeof given[0] === 'string' && (given[1] === 'asc' || given[1] === 'desc');
  return isTerm ? [given] : given;
}
