import { QueryError } from '../errors/index.js';
import type { ScopeSchema, TableSchema } from '../schema/index.js';
import { binary, isNull, parameter, type Expression } from '../sql/index.js';
import { compileWhere } from './compile-where.js';
import type { Where } from './where.js';

declare const about: unique symbol;

/** A condition with a name, which queries can be put under by `use` and taken out of by `unscoped`. */
export interface Scope<Instance> extends ScopeSchema {
  /** Only for the compiler. */
  readonly [about]?: (row: Instance) => void;
}

/**
 * A condition with a name, to put queries under and take them out of again.
 *
 *     const published = scope<Post>('published', { status: 'published' });
 *     const writtenBy = (author: number) => scope<Post>('writtenBy', { authorId: author });
 *     Post.query().use(published).use(writtenBy(7)).all();
 *
 * Listed in `@table(name, { scopes: [published] })` every query of the model is under it, until `unscoped(published)`. A
 * function is asked for the conditions each time a query is made. Of two scopes with the same name the later holds.
 */
export function scope<Instance>(name: string, where: Where<Instance> | (() => Where<Instance>)): Scope<Instance> {
  return { name, where: typeof where === 'function' ? where : () => where };
}

/** The scopes that a query is under: the table's own until they are lifted, and those it was put under. */
export interface ScopeState {
  readonly used: readonly ScopeSchema[];
  /** Names of lifted scopes, or all of them. */
  readonly lifted: readonly string[] | 'all';
  /** What becomes of rows that are marked as deleted: hidden unless said, shown with the others, or shown alone. */
  readonly deleted?: 'with' | 'only' | undefined;
}

/** The state of a query that nobody put under anything. */
export const noScopes: ScopeState = { used: [], lifted: [] };

export const useScope = (state: ScopeState, added: ScopeSchema): ScopeState => ({
  ...state,
  used: [...state.used.filter(({ name }) => name !== added.name), added],
});

/** Takes a query out of a scope, by name or value; without one, out of all. Deleted rows stay where they are. */
export function liftScope(table: TableSchema, state: ScopeState, lifted: ScopeSchema | string | undefined): ScopeState {
  if (lifted === undefined) return { ...state, used: [], lifted: 'all' };
  const name = typeof lifted === 'string' ? lifted : lifted.name;
  const known = [...table.options.defaultScopes, ...state.used].map((each) => each.name);
  if (!known.includes(name)) {
    throw new QueryError(
      `${table.modelName} has no scope "${name}" to lift.`,
      `It is under: ${known.join(', ') || 'none'}.`,
    );
  }
  return {
    ...state,
    used: state.used.filter((each) => each.name !== name),
    lifted: state.lifted === 'all' ? 'all' : [...state.lifted, name],
  };
}

/** Whether queries of a table are under a condition that nobody asked for. */
export const isScoped = ({ options, deletion }: TableSchema): boolean =>
  options.defaultScopes.length > 0 || options.subtype !== undefined || deletion !== undefined;

/** The conditions of all scopes that a query is under. */
export function scopeConditions(table: TableSchema, { used, lifted, deleted }: ScopeState): Expression[] {
  if (used.length === 0 && !isScoped(table)) return [];
  const { defaultScopes, subtype } = table.options;
  const inherited = defaultScopes.filter(
    ({ name }) => lifted !== 'all' && !lifted.includes(name) && !used.some((each) => each.name === name),
  );
  const conditions = [...marked(table, deleted), ...conditionsOf(table, [...inherited, ...used])];
  return subtype === undefined ? conditions : [isOfSubtype(table, subtype), ...conditions];
}

/** Which rows there are of those that a delete leaves in their table. */
function marked({ deletion }: TableSchema, deleted: ScopeState['deleted']): Expression[] {
  return deletion === undefined || deleted === 'with' ? [] : [isNull(deletion.column.reference, deleted === 'only')];
}

/** The rows of one of several models that share a table: no query of that model reaches others. */
function isOfSubtype(table: TableSchema, subtype: string): Expression {
  const { reference } = table.column(table.options.family!.discriminator);
  return binary(reference, '=', parameter(subtype));
}

/** The conditions of the scopes that a query was put under; one that says nothing has none. */
export const usedConditions = (table: TableSchema, { used, deleted }: ScopeState): Expression[] => [
  ...(deleted === 'only' ? marked(table, deleted) : []),
  ...conditionsOf(table, used),
];

const conditionsOf = (table: TableSchema, scopes: readonly ScopeSchema[]): Expression[] =>
  scopes.flatMap((each) => compileWhere(table, each.where()) ?? []);
