import type { ForeignKeySchema, TableSchema } from '../schema/index.js';
import type { TableHome } from './bound-table.js';

/** A foreign key, and the table that has it. */
export interface ReferenceTo {
  readonly from: TableSchema;
  readonly key: ForeignKeySchema;
}

/** The foreign keys by which rows of models refer to those of a table, as far as the database knows of these models. */
export const referencesTo = ({ reference }: TableSchema, { knownTables = [] }: TableHome): readonly ReferenceTo[] =>
  knownTables
    .filter(({ options }) => options.model !== undefined)
    .flatMap((from) => from.foreignKeys.map((key) => ({ from, key })))
    .filter(({ key }) => key.target.reference.owner === reference.owner);
