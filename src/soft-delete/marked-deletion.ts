import { inTransaction } from '../database/index.js';
import {
  keyValues,
  narrow,
  returningColumns,
  Stored,
  type BoundTable,
  type DeletedRows,
  type Deletion,
} from '../query/index.js';
import type { ColumnSchema, TableSchema } from '../schema/index.js';
import { all, run, type Expression, type Program, type Row, type SelectedColumn, type SqlValue } from '../sql/index.js';
import { markInstance, markOf, markRows, writtenWith } from './mark.js';
import { nextMoment } from './moment.js';
import { concernsOthers, deleteAlong, restoreAlong, restoreDeleted, takenAlong } from './taken-along.js';

/** Rows that are deleted by a column that says when, and those that refer to them along with them. */
export class MarkedDeletion implements Deletion {
  readonly column: ColumnSchema;

  constructor(column: ColumnSchema) {
    this.column = column;
  }

  writtenIn(schema: TableSchema): readonly ColumnSchema[] {
    return writtenWith(schema);
  }

  delete(table: BoundTable, instance: object): Program<boolean> {
    const moment = momentFor(table);
    if (!concernsOthers(table)) return markInstance(table, instance, moment);
    return inTransaction(table.database, function* () {
      const row = Stored.row(instance);
      if (!(yield* markInstance(table, instance, moment))) return false;
      yield* deleteAlong(table, [keyValues(table.schema, row as Row)], moment);
      return true;
    });
  }

  restore(table: BoundTable, instance: object): Program<boolean> {
    if (takenAlong(table).length === 0) return markInstance(table, instance, null);
    return inTransaction(table.database, () => restoreWithOthers(table, instance));
  }

  *deleteRows(
    table: BoundTable,
    where: Expression | undefined,
    returning: readonly SelectedColumn[],
    bigints?: boolean,
  ): Program<DeletedRows> {
    const { schema } = table;
    const moment = momentFor(table);
    if (concernsOthers(table)) return yield* deleteWithOthers(table, { where, returning, bigints, moment });
    const update = table.compile(markRows(schema, moment, where, returning), bigints);
    if (returning.length === 0) return { ...(yield* run(update.statement, update.parameters)), rows: [] };
    const rows = (yield* all(update.statement, update.parameters)) as SqlValue[][];
    return { changes: rows.length, rows };
  }

  *restoreRows(table: BoundTable, where: Expression | undefined): Program<number> {
    if (takenAlong(table).length === 0) {
      const { statement, parameters } = table.compile(markRows(table.schema, null, where));
      return (yield* run(statement, parameters)).changes;
    }
    return yield* inTransaction(table.database, function* () {
      const rows = yield* restoreDeleted(table, where);
      if (rows.length > 0) yield* restoreAlong(table, rows);
      return rows.length;
    });
  }
}

const momentFor = (table: BoundTable): Date => nextMoment(takenAlong(table).length > 0);

/** Restores an instance, and what went along with it when it was deleted: at the moment that is stored, whatever the instance says. */
function* restoreWithOthers(table: BoundTable, instance: object): Program<boolean> {
  const row = Stored.row(instance);
  if (!Array.isArray(row)) return yield* markInstance(table, instance, null);
  const key = keyValues(table.schema, row);
  const { statement, parameters } = table.byKey(key);
  const [stored] = yield* all({ ...statement, reads: false }, parameters); // in the transaction, wherever reads are answered
  if (!(yield* markInstance(table, instance, null))) return false;
  const moment = stored![markOf(table.schema).position] as SqlValue;
  yield* restoreAlong(table, [{ key, moment }]);
  return true;
}

/** What is deleted, and what is asked of it. */
interface Wanted {
  readonly where: Expression | undefined;
  readonly returning: readonly SelectedColumn[];
  readonly bigints: boolean | undefined;
  readonly moment: Date;
}

/** Deletes rows, and by their keys what goes along with them. */
function deleteWithOthers(table: BoundTable, { where, returning, bigints, moment }: Wanted): Program<DeletedRows> {
  const { schema } = table;
  const asked = [...returning, ...returningColumns(schema.primaryKey)];
  return inTransaction(table.database, function* () {
    const { statement, parameters } = table.compile(markRows(schema, moment, where, asked), bigints || schema.bigints);
    const found = (yield* all(statement, parameters)) as SqlValue[][];
    const keys = found.map((row) => row.slice(returning.length));
    if (keys.length > 0) yield* deleteAlong(table, keys, moment);
    const isNarrow = schema.bigints && bigints !== true; // as it was to be read
    const rows = found.map((row) => row.slice(0, returning.length)).map((row) => (isNarrow ? row.map(narrow) : row));
    return { changes: found.length, rows };
  });
}
