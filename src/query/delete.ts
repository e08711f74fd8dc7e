import type { TableSchema } from '../schema/index.js';
import { all, run, type DeleteStatement, type Program } from '../sql/index.js';
import type { BoundTable } from './bound-table.js';
import { forgetDeferred } from './deferred-value.js';
import { gone, keyValues } from './save.js';
import { keyCondition } from './select-all.js';
import { Stored } from './stored.js';

/** Deletes the row of an instance, by the primary key that is stored; says whether there was one. */
export function* deleteInstance(table: BoundTable, instance: object): Program<boolean> {
  const { schema } = table;
  const row = Stored.row(instance);
  if (row === undefined) throw gone(schema, 'was never saved');
  if (row === null) return false;
  const statement = table.known('delete') ?? table.learn('delete', deleteByKey(schema));
  const { changes } = yield* run(statement, keyValues(schema, row));
  if (changes === 0) return false; // it is gone already, or a trigger keeps it
  Stored.write(instance, null, table, table.database.transactions.innermost);
  return true;
}

function deleteByKey(schema: TableSchema): DeleteStatement {
  return { kind: 'delete', from: schema.reference, where: keyCondition(schema), returning: [] };
}

/** Reads the row of an instance again and puts every column's value on it. */
export function* reload(table: BoundTable, instance: object): Program<void> {
  const { schema } = table;
  const row = Stored.row(instance);
  if (row === undefined || row === null) throw gone(schema, row === null ? 'was deleted' : 'was never saved');
  const { statement, parameters } = table.byKey(keyValues(schema, row));
  // where the writes of the instance are: another connection would not see those of its transaction
  const rows = yield* all({ ...statement, reads: false }, parameters);
  if (rows.length === 0) throw gone(schema, 'is no longer in the database');
  const [fresh] = table.hydrate(rows, table) as [Record<string, unknown>];
  // an embedded object is made anew, or null
  for (const field of schema.options.embedded?.keys() ?? []) (instance as Record<string, unknown>)[field] = undefined;
  for (const { property } of schema.read) (instance as Record<string, unknown>)[property] = fresh[property];
  if (schema.read !== schema.columns) forgetDeferred(schema, instance);
  schema.lifecycle?.loaded([instance], table.isStrict);
  Stored.write(instance, Stored.row(fresh), table, table.database.transactions.innermost, schema.read);
}
