import { quote } from './identifier.js';
import type { ConflictClause, TableReference } from './syntax.js';
import type { SqlWriter } from './writer.js';

/** `ON CONFLICT ("a", "b") DO NOTHING`, or `DO UPDATE SET "c" = excluded."c" WHERE …` where that makes a difference. */
export function writeConflict(out: SqlWriter, into: TableReference, { target, update, along }: ConflictClause): void {
  out.write(` ON CONFLICT (${target.map(quote).join(', ')}) DO `);
  if (update.length === 0) return out.write('NOTHING');
  const set = [...update, ...along].map((name) => `${quote(name)} = excluded.${quote(name)}`);
  const differs = update.map((name) => `${quote(into.name)}.${quote(name)} IS NOT excluded.${quote(name)}`);
  out.write(`UPDATE SET ${set.join(', ')} WHERE ${differs.join(' OR ')}`);
}
