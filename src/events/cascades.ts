import {
  awaitEnd,
  beginWrite,
  isAmong,
  keyValues,
  referencesTo,
  selectAll,
  Stored,
  tableHooks,
  takeWritten,
  type BoundTable,
  type Home,
  type HookPoint,
  type InstanceFeature,
  type InstanceWrite,
  type ReferenceTo,
  type TableHome,
} from '../query/index.js';
import type { TableSchema } from '../schema/index.js';
import { all, and, isNull, type Program, type Row, type SqlValue } from '../sql/index.js';

/** The feature by which what SQLite deletes along with an instance is read before that, and its delete events come. */
export const cascades: InstanceFeature = {
  name: 'cascades',
  hooksOf(table) {
    const { schema, database } = table as BoundTable;
    if (!isHeard(schema, database)) return undefined;
    const found = new WeakMap<InstanceWrite, readonly InstanceWrite[]>();
    return {
      at: {
        *beforeDelete(write) {
          if (write.source === 'cascade') return; // it was found with the one that it goes with
          found.set(write, yield* cascadedFrom(write));
        },
        *afterDelete(write) {
          const along = found.get(write) ?? [];
          for (const each of along) {
            const { database: home, hooks } = each.table as BoundTable;
            if (write.isSoft) markAlong(write, each);
            else Stored.write(each.instance, null, each.table, home.transactions.innermost);
            if (hooks !== undefined) awaitEnd(each.table as BoundTable, hooks, each);
          }
          yield* tell('afterDelete', along);
        },
      },
    };
  },
};

function* tell(point: HookPoint, writes: readonly InstanceWrite[]): Program<void> {
  for (const write of writes) {
    const { hooks } = write.table as BoundTable;
    if (hooks !== undefined) yield* hooks.run(point, write);
  }
}

/**
 * The cascades that deletes in a table set off in tables whose rows are instances; where the row stays in its table, no others go
 * along than those that stay, too.
 */
const cascadesTo = (schema: TableSchema, database: TableHome, isSoft: boolean): readonly ReferenceTo[] =>
  referencesTo(schema, database).filter(
    ({ from, key }) => key.onDelete === 'cascade' && (!isSoft || from.deletion !== undefined),
  );

const deletePoints = ['beforeDelete', 'afterDelete', 'beforeCommit', 'afterCommit', 'afterRollback'] as const;

/** Whether anything is done when rows of any table are deleted that deletes in this one reach. */
function isHeard(schema: TableSchema, database: TableHome): boolean {
  const reached = new Set<TableSchema>();
  const follow = (table: TableSchema): void => {
    for (const { from } of cascadesTo(table, database, false)) {
      if (reached.has(from)) continue;
      reached.add(from);
      follow(from);
    }
  };
  follow(schema);
  const others = (database.features ?? []).filter((feature) => feature !== cascades);
  return [...reached]
    .flatMap((table) => [...(table.options.family?.members.values() ?? [table])])
    .some(
      (member) => tableHooks({ schema: member, database } as unknown as Home, others)?.has(...deletePoints) === true,
    );
}

/**
 * The deletes that SQLite does along with one, level by level: one statement for each foreign key and level. Each level is told of
 * before the next one is read, since who hears of a row may delete those that refer to it.
 */
function* cascadedFrom(write: InstanceWrite): Program<readonly InstanceWrite[]> {
  const { database, schema } = write.table as BoundTable;
  const seen = new Set([identityOf(schema, write.before!)]);
  const found: InstanceWrite[] = [];
  let level: readonly InstanceWrite[] = [write];
  while (level.length > 0) {
    const next: InstanceWrite[] = [];
    for (const [table, writes] of byTable(level)) {
      for (const cascade of cascadesTo(table, database, write.isSoft)) {
        for (const instance of yield* referring(write, cascade, writes)) {
          const home = Stored.table(instance) as BoundTable;
          const identity = identityOf(home.schema, Stored.row(instance) as Row);
          if (seen.has(identity)) continue;
          seen.add(identity);
          next.push(beginWrite(home, instance, 'delete', 'cascade', write.isSoft));
        }
      }
    }
    yield* tell('beforeDelete', next);
    found.push(...next);
    level = next;
  }
  return found;
}

function byTable(writes: readonly InstanceWrite[]): Map<TableSchema, InstanceWrite[]> {
  const groups = new Map<TableSchema, InstanceWrite[]>();
  for (const write of writes) {
    const { whole } = write.table.schema;
    groups.set(whole, [...(groups.get(whole) ?? []), write]);
  }
  return groups;
}

/** The instances of the rows that refer to those of a level; those that a default scope hides are deleted, too. */
function* referring(
  { table: around, isSoft }: InstanceWrite,
  { from, key }: ReferenceTo,
  level: readonly InstanceWrite[],
): Program<object[]> {
  const table = yield* (around as BoundTable).related(from);
  const keys = level.map(({ table: { schema }, before }) =>
    key.targetColumns.map(({ property }) => before![schema.column(property).position] as SqlValue),
  );
  const isReferring = isAmong(key.columns, key.targetColumns, keys);
  const where = isSoft ? and([isReferring, isNull(from.deletion!.column.reference)]) : isReferring;
  const { statement, parameters } = table.compileSelect({ ...selectAll(table.schema), where });
  const rows = yield* all({ ...statement, reads: false }, parameters); // in the transaction, wherever reads are answered
  return [...table.hydrate(rows, table)];
}

/** Lets an instance know that its row was marked along with another one: when that was, the other one says. */
function markAlong({ table, instance }: InstanceWrite, along: InstanceWrite): void {
  const { schema } = along.table;
  const mark = schema.deletion!.column;
  const moment = (instance as Readonly<Record<string, unknown>>)[table.schema.deletion!.column.property];
  takeWritten(schema, along.instance, [mark], [mark.type.encode(moment)]);
  along.after = Stored.row(along.instance) ?? undefined;
}

/** A text for each row of each table. */
const identityOf = (schema: TableSchema, row: Row): string =>
  [schema.whole.name, ...keyValues(schema, row)].map((part) => `${typeof part} ${String(part)}`).join('\0');
