import { everyRow, isScoped, keyCondition, readFirst, type BoundTable } from '../query/index.js';
import type { Program, Row, SqlValue } from '../sql/index.js';

/** The instance with a primary key: one statement, compiled once, unless a default scope has a say, or only some of the rows are the model's. */
export function* readByKey(table: BoundTable, key: readonly SqlValue[]): Program<object | undefined> {
  const { schema } = table;
  if (isScoped(schema)) {
    return yield* readFirst(table, { ...everyRow, where: [keyCondition(schema, key)] });
  }
  const { statement, parameters } = table.byKey(key);
  const rows = (yield { method: 'all', statement, parameters }) as Row[];
  if (table.hooks?.loaded !== undefined) return (yield* table.loaded(rows))[0];
  return table.hydrate(rows, table)[0];
}
