import type { ConnectedDatabase } from '../database/index.js';
import { QueryError } from '../errors/index.js';
import type { TableSchema } from '../schema/index.js';
import type { Home } from './origin.js';
import { Stored } from './stored.js';

/** The table in which an instance stands: a `BoundTable`, of which this file need not know more. */
export interface Standing extends Home {
  readonly database: ConnectedDatabase;
}

/**
 * The table in which an instance stands, or is to stand; none where that is not known yet. Whoever looks at its key asks for this
 * first, for it takes back that of an insert that was undone, which another row may have by now.
 */
export function standingOf(instance: object): Standing | undefined {
  Stored.row(instance);
  return Stored.table(instance) as Standing | undefined;
}

/**
 * Refuses what stands in another database than that where its key is about to be used: there the key means another row, or none.
 * `other` says what is in that one, or of which table it is one, and `hint` what to do, where that is not to take another instance.
 */
export function checkDatabase(
  table: Standing | undefined,
  database: ConnectedDatabase,
  other: string | TableSchema,
  hint?: string,
): void {
  if (table === undefined || table.database === database) return;
  const what = typeof other === 'string' ? other : `this ${other.modelName}`;
  const { alias, isOpen } = table.database;
  const state = isOpen ? '' : ', which is closed';
  throw new QueryError(
    `This ${table.schema.modelName} is in the database "${alias}"${state}, and ${what} in "${database.alias}".`,
    hint ?? `Read or save one in "${database.alias}": the same key means another row there.`,
  );
}

/** The same for an instance that another one is given, of which it may not be known yet where it will stand. */
export function checkSameDatabase(instance: object, owner: object): void {
  const [own, table] = [standingOf(instance), standingOf(owner)];
  if (table !== undefined) checkDatabase(own, table.database, table.schema);
}
