import { SchemaDriftError } from '../errors/index.js';
import { all, compile, quote, statement, type Program } from '../sql/index.js';
import { createTriggerSql, storedSql } from './create-table.js';
import type { DerivationSchema, TableSchema } from './table-schema.js';
import { spell, tokenize } from './tokenize.js';

/**
 * The statements that create the triggers which keep derived columns, as far as they are missing, and then bring those columns up
 * to date. Under `verify`, a missing trigger throws `SchemaDriftError`, and one that does something else always does.
 */
export function* planDerivations(
  derivations: readonly DerivationSchema[],
  mode: 'create' | 'verify',
  schemaName: string,
): Program<string[]> {
  if (derivations.length === 0) return [];
  const stored = yield* readTriggers(schemaName);
  return derivations.flatMap((derivation) => {
    const { owner, triggers, fill } = derivation;
    const missing = triggers.filter(({ name }) => !stored.has(name.toLowerCase()));
    const wrong = mode === 'verify' ? missing.map(({ name }) => `trigger ${quote(name)} is missing`) : [];
    for (const trigger of triggers) {
      const found = stored.get(trigger.name.toLowerCase());
      if (found === undefined || isSame(found, storedSql(createTriggerSql(trigger)))) continue;
      wrong.push(`trigger ${quote(trigger.name)} is not the one that keeps ${derivation.field} now`);
    }
    if (wrong.length > 0) throw new SchemaDriftError(owner.name, wrong);
    if (missing.length === 0) return [];
    return [
      ...missing.map((trigger) => createTriggerSql(trigger, schemaName)),
      compile(fill, () => schemaName, { values: 'literal' }).sql,
    ];
  });
}

/** A trigger of ours that brings a column up to date when a row of its own table is inserted, as SQLite keeps its text. */
const ownInsert =
  /^CREATE TRIGGER "((?:[^"]|"")+)" AFTER INSERT ON .+ BEGIN\n {2}UPDATE "(?:[^"]|"")+" SET "((?:[^"]|"")+)" = \(SELECT /;

/**
 * Throws `SchemaDriftError` for triggers of an earlier declaration which would go on writing a column: it is derived no more, or
 * the column or its table was called otherwise.
 */
export function checkForgotten(table: TableSchema, triggers: readonly string[]): void {
  const wrong = triggers.flatMap((sql) => {
    const [, trigger, written] = (ownInsert.exec(sql) ?? []).map((name) => name.replaceAll('""', '"').toLowerCase());
    const column = table.stored.find(({ name }) => name.toLowerCase() === written);
    if (trigger === undefined || column === undefined) return [];
    const start = `${table.name}_${column.name}_`;
    if (column.derived !== undefined && trigger === `${start}own_insert`.toLowerCase()) return [];
    const others = quote(`${trigger.slice(0, -'own_insert'.length)}…`);
    return [`triggers ${others} of an earlier declaration still write ${table.field(column)}: drop them`];
  });
  if (wrong.length > 0) throw new SchemaDriftError(table.name, wrong);
}

function* readTriggers(schemaName: string): Program<Map<string, string>> {
  const rows = yield* all(statement(`SELECT name, sql FROM ${quote(schemaName)}.sqlite_schema WHERE type = 'trigger'`));
  return new Map((rows as [name: string, sql: string][]).map(([name, sql]) => [name.toLowerCase(), sql]));
}

/** SQLite writes names anew where a table or column was renamed. */
const isSame = (found: string, ours: string): boolean =>
  found === ours || spell(tokenize(found)) === spell(tokenize(ours));
