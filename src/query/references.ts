import type { ForeignKeySchema, TableSchema } from '../schema/index.js';
import type { TableHome } from './bound-table.js';

/** A foreign key, and the table that has it. */
export interface ReferenceTo {
  readonly from: TableSchema;
  readonly key: ForeignKeySchema;
}

/** What the foreign keys of some tables are, by the table that they refer to. */
interface KnownReferences {
  readonly tables: readonly TableSchema[];
  readonly byTarget: Map<TableSchema['reference']['owner'], readonly ReferenceTo[]>;
}

const known = new WeakMap<TableHome, KnownReferences>();

const none: readonly TableSchema[] = [];

/** The foreign keys by which rows of models refer to those of a table, as far as the database knows of these models. */
export function referencesTo({ reference: { owner } }: TableSchema, database: TableHome): readonly ReferenceTo[] {
  const tables = database.knownTables ?? none;
  let references = known.get(database);
  if (references?.tables.length !== tables.length || !tables.every((each, at) => each === references!.tables[at])) {
    known.set(database, (references = { tables, byTarget: new Map() }));
  }
  let found = references.byTarget.get(owner);
  if (found === undefined) references.byTarget.set(owner, (found = referencesAmong(tables, owner)));
  return found;
}

const referencesAmong = (tables: readonly TableSchema[], owner: object | undefined): readonly ReferenceTo[] =>
  tables
    .filter(({ options }) => options.model !== undefined)
    .flatMap((from) => from.foreignKeys.map((key) => ({ from, key })))
    .filter(({ key }) => key.target.reference.owner === owner);
