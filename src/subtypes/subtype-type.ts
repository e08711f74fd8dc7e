import { mismatch, type ColumnType } from '../schema/index.js';
import type { SqlValue } from '../sql/index.js';

/** What the discriminator of a table holds: the names of subtypes, or of the one that a model is. */
export function subtypeType(names: readonly string[], root: string): ColumnType<string> {
  const known = new Set<unknown>(names);
  const check = (value: SqlValue): string => (known.has(value) ? (value as string) : mismatch());
  return {
    name: 'subtype',
    storage: 'TEXT',
    expected: names.map((name) => JSON.stringify(name)).join(' or '),
    encode: check,
    decode: check,
    remedy: `Import the class that is @subtype of ${root} by that name before the database is used, or correct the row with SQL.`,
    designTypes: [String],
  };
}
