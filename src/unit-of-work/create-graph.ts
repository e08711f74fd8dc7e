import { inTransaction } from '../database/index.js';
import type { BoundTable } from '../query/index.js';
import type { Program } from '../sql/index.js';
import { plant, type Build } from './plant.js';
import { WriteSet } from './write-set.js';

/** Inserts a row with all that is given in its relations, in one transaction; returns its instance. */
export function* createGraph(table: BoundTable, fields: Record<string, unknown>, build: Build): Program<object> {
  const writes = new WriteSet(table.database);
  try {
    const root = plant(writes, table.schema, fields, build);
    yield* inTransaction(table.database, () => writes.flush({ alone: false }));
    writes.end('kept');
    return root;
  } catch (error) {
    writes.end('undone');
    throw error;
  }
}
