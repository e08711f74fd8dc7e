import { DefinitionError } from '../errors/index.js';
import { buildTable, type ColumnDeclaration, type ColumnSchema, type TableSchema } from '../schema/index.js';
import { keyRelation } from './declaration.js';
import { rowChanges } from './row-changes.js';

/** One of the two tables whose rows an implied join table links. */
export interface Linked {
  readonly table: TableSchema;
  /** The columns of the join table that refer to it; named after it and its primary key unless given. */
  readonly columns: readonly string[];
}

/** An implied join table, with the relations by which its rows refer to those that they link, in the order in which they were asked for. */
export interface JoinTable {
  readonly table: TableSchema;
  readonly relations: readonly [string, string];
}

/** Implied join tables by what both sides declare of them, by the first table of each. */
const made = new WeakMap<object, Map<string, JoinTable>>();

/** `posts_id`: the columns that refer to a table, where nobody says otherwise. */
export const defaultColumns = ({ name, primaryKey }: TableSchema): string[] =>
  primaryKey.map((column) => `${name}_${column.name}`);

/**
 * The table that holds which rows of two others belong together: the same one, whichever of both declares it. Its primary key
 * are the columns that refer to both, of which those of the second are found by an index, too. Links go with the rows that
 * they link. It has rowids, since SQLite tells nobody of changes in tables without.
 */
export function joinTable(relation: string, given: string | undefined, owner: Linked, target: Linked): JoinTable {
  const isOwnerFirst = comesFirst(owner, target);
  const [first, second] = isOwnerFirst ? [owner, target] : [target, owner];
  checkColumns(relation, first, second);
  const name = given ?? `${first.table.name}_${second.table.name}`;
  const known = made.get(first.table.reference.owner!) ?? new Map<string, JoinTable>();
  made.set(first.table.reference.owner!, known);
  const id = JSON.stringify([name, first.columns, second.columns]);
  let join = known.get(id);
  if (join === undefined) known.set(id, (join = make(name, first, second)));
  const { table, relations } = join;
  return { table, relations: isOwnerFirst ? relations : [relations[1], relations[0]] };
}

const comesFirst = (a: Linked, b: Linked): boolean =>
  a.table.name === b.table.name ? a.columns.join() < b.columns.join() : a.table.name < b.table.name;

function checkColumns(relation: string, first: Linked, second: Linked): void {
  for (const { table, columns } of [first, second]) {
    if (columns.length === table.primaryKey.length) continue;
    throw new DefinitionError(
      `${relation} names ${columns.length} columns for the primary key of ${table.modelName}, which has ${table.primaryKey.length}.`,
      'Name as many, in the same order.',
    );
  }
  const names = [...first.columns, ...second.columns].map((name) => name.toLowerCase());
  if (new Set(names).size === names.length) return;
  throw new DefinitionError(
    `${relation} has a join table with two columns of one name: ${[...first.columns, ...second.columns].join(', ')}.`,
    "Name them: { from: 'follower_id', to: 'followed_id' }.",
  );
}

const relationNames = ['litemodel_first', 'litemodel_second'] as const;

function make(name: string, first: Linked, second: Linked): JoinTable {
  const sides = [first, second];
  const columns = sides.flatMap(({ table, columns: names }) => declarationsOf(table.primaryKey, names));
  const relations = sides.map(({ table, columns: key }, at) => {
    const constraint = { onDelete: 'cascade', onUpdate: 'no action', deferrable: false } as const;
    const model = (): never => table.options.model as never;
    return [relationNames[at]!, keyRelation({ kind: 'belongsTo', model, key, nullable: false, constraint })] as const;
  });
  const { database } = first.table.options;
  const table = buildTable(
    { [name]: class {} }[name]!,
    name,
    {
      primaryKey: columns.map(([column]) => column),
      strict: sides.every((side) => side.table.options.strict),
      naming: 'as written',
      ...(database === undefined ? {} : { database }),
    },
    {
      columns: new Map(columns),
      relations: new Map(relations),
      indexes: [],
      scopes: [],
      getters: [],
      embedded: new Map(),
      hooks: new Map([[rowChanges, relationNames]]),
    },
  );
  return { table, relations: relationNames };
}

const declarationsOf = (key: readonly ColumnSchema[], names: readonly string[]): [string, ColumnDeclaration][] =>
  key.map((column, at) => [names[at]!, { definition: referring(column, names[at]!), sequence: at, ranEarly: false }]);

/** A column that refers to one of a primary key. */
const referring = (column: ColumnSchema, name: string): ColumnDeclaration['definition'] => ({
  ...column,
  name,
  nullable: false,
  primaryKey: true,
  autoincrement: false,
  default: undefined,
  onUpdate: undefined,
  unique: false,
  indexed: false,
  check: undefined,
  generated: undefined,
  hidden: false,
  readOnly: 'never',
});
