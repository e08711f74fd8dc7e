import { StaleRecordError } from '../errors/index.js';
import type { TableSchema } from '../schema/index.js';
import { all, run, type DeleteStatement, type Program, type Row, type SqlValue } from '../sql/index.js';
import type { BoundTable } from './bound-table.js';
import { forgetDeferred } from './deferred-value.js';
import { deletionOf, knownDeletion } from './deletion.js';
import { removeWithHooks } from './hooked-write.js';
import type { WriteSource } from './hooks.js';
import { hydratorOf } from './hydrate-family.js';
import { gone } from './save.js';
import { keyValues } from './select-all.js';
import { Stored } from './stored.js';
import { isStale, rowCondition } from './version.js';

/** Deletes the row of an instance, by the primary key that is stored and in the way of its table; says whether there was one. */
export function deleteInstance(table: BoundTable, instance: object, source: WriteSource = 'call'): Program<boolean> {
  const deletion = deletionOf(table.schema);
  if (deletion === undefined && table.hooks === undefined) return deleteRow(table, instance);
  const run = () => (deletion === undefined ? deleteRow(table, instance) : deletion.delete(table, instance));
  return removeInstance(table, instance, { verb: 'delete', source, isSoft: deletion !== undefined, run });
}

/** Takes the row of an instance out of its table, where `deleteInstance` would leave it there. */
export function forceDeleteInstance(table: BoundTable, instance: object): Program<boolean> {
  knownDeletion(table.schema, 'forceDelete');
  const run = () => deleteRow(table, instance);
  return removeInstance(table, instance, { verb: 'delete', source: 'call', isSoft: false, run });
}

/** Takes a delete back that left the row of an instance in its table; says whether it was deleted. */
export function restoreInstance(table: BoundTable, instance: object): Program<boolean> {
  const deletion = knownDeletion(table.schema, 'restore');
  const run = () => deletion.restore(table, instance);
  return removeInstance(table, instance, { verb: 'restore', source: 'call', isSoft: false, run });
}

function removeInstance(
  table: BoundTable,
  instance: object,
  removal: Parameters<typeof removeWithHooks>[3],
): Program<boolean> {
  const { hooks } = table;
  return hooks === undefined ? removal.run() : removeWithHooks(table, hooks, instance, removal);
}

/** The same without what features do before and after. */
function* deleteRow(table: BoundTable, instance: object): Program<boolean> {
  const { schema } = table;
  const { version } = schema;
  const row = Stored.row(instance);
  if (row === undefined) throw gone(schema, 'was never saved');
  if (row === null) return false;
  const statement = table.known('delete') ?? table.learn('delete', deleteByKey(schema));
  const key = keyValues(schema, row);
  const { changes } = yield* run(statement, version === undefined ? key : [...key, row[version.position] as SqlValue]);
  if (changes === 0) {
    if (yield* isStale(table, row, true)) throw new StaleRecordError(schema.modelName, 'delete');
    return false; // it is gone already, or a trigger keeps it
  }
  Stored.write(instance, null, table, table.database.transactions.innermost);
  return true;
}

function deleteByKey(schema: TableSchema): DeleteStatement {
  return { kind: 'delete', from: schema.reference, where: rowCondition(schema), returning: [] };
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
  putFresh(table, instance, rows[0]!);
  Stored.readAgain(instance, table);
  if (table.hooks?.loaded !== undefined) yield* table.hooks.loaded([instance]);
}

/** Puts on an instance what was read of its row just now, and forgets what was read of it one by one. */
export function putFresh(table: BoundTable, instance: object, row: Row): void {
  const { schema } = table;
  const [fresh] = hydratorOf(schema)([row], table) as [Record<string, unknown>];
  const fields = instance as Record<string, unknown>;
  for (const field of schema.options.embedded?.keys() ?? []) fields[field] = undefined; // made anew, or null
  for (const { property } of schema.read) fields[property] = fresh[property];
  if (schema.read !== schema.columns) forgetDeferred(schema, instance);
  Stored.write(instance, Stored.row(fresh), table, table.database.transactions.innermost, schema.read);
}
