import { describe, NoDatabaseError, QueryError } from '../errors/index.js';
import { gone, keyIdentity, keyValues, Stored, type BoundTable } from '../query/index.js';
import type { SqlValue } from '../sql/index.js';

/** Instances of one model by what tells their rows apart, and the table that all of them are in; none where there are none. */
export interface Members {
  readonly byKey: ReadonlyMap<string, object>;
  readonly table: BoundTable | undefined;
}

/** The instances of a set, in their order: of two of one row, the first. */
export function membersOf(given: Iterable<object>): Members {
  const byKey = new Map<string, object>();
  let table: BoundTable | undefined;
  checkIterable(given);
  for (const instance of given) {
    table = commonTable(table, savedTable(instance));
    const identity = keyIdentity(keyOf(instance));
    if (!byKey.has(identity)) byKey.set(identity, instance);
  }
  return { byKey, table };
}

function checkIterable(given: unknown): void {
  const isIterable = typeof (given as Partial<Iterable<object>> | null | undefined)?.[Symbol.iterator] === 'function';
  if (isIterable) return;
  throw new QueryError(
    `A record set is made of instances that can be iterated over, and not of ${describe(given)}.`,
    'Give what a query found, awaited where it is promised: recordSet(User.all()).',
  );
}

/** The table of an instance that has a row there. */
function savedTable(instance: object): BoundTable {
  const table = instance instanceof Object ? (Stored.table(instance) as BoundTable | undefined) : undefined;
  if (table === undefined || !Array.isArray(Stored.row(instance))) {
    throw new QueryError(
      'A record set holds saved instances of a model, and was given something else.',
      'Save an instance before it becomes part of a set.',
    );
  }
  if (table.isDetached) throw new NoDatabaseError(table.schema.modelName, table.database.alias);
  return table;
}

/** The table as both have it: that of all models which share it, where they are of several. */
export function commonTable(table: BoundTable | undefined, other: BoundTable | undefined): BoundTable | undefined {
  if (table === undefined || other === undefined || table === other) return table ?? other;
  const [schema, otherSchema] = [table.schema, other.schema];
  if (schema.reference.owner !== otherSchema.reference.owner) {
    throw new QueryError(
      `A record set holds rows of one model, and not of ${schema.modelName} and ${otherSchema.modelName}.`,
      'Make a set of each.',
    );
  }
  if (table.database !== other.database) {
    throw new QueryError(
      `A record set holds rows of one database, and not of "${table.database.alias}" and "${other.database.alias}".`,
      'Make a set of each.',
    );
  }
  return schema === otherSchema ? table : table.database.relative(schema.whole);
}

/** The primary key of an instance as it is stored. Throws `NotFoundError` where it was deleted meanwhile. */
export function keyOf(instance: object): readonly SqlValue[] {
  const { schema } = Stored.table(instance)!;
  const row = Stored.row(instance);
  if (!Array.isArray(row)) throw gone(schema, row === null ? 'was deleted' : 'was never saved');
  return keyValues(schema, row);
}

/** Those that have a row, by the table that they were read from: the models that share one have their own columns. */
export function byTable(instances: Iterable<object>): Map<BoundTable, object[]> {
  const groups = new Map<BoundTable, object[]>();
  for (const instance of instances) {
    if (!Array.isArray(Stored.row(instance))) continue;
    const table = Stored.table(instance) as BoundTable;
    const group = groups.get(table);
    if (group === undefined) groups.set(table, [instance]);
    else group.push(instance);
  }
  return groups;
}
