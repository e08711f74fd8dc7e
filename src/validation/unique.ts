import {
  columnParameter,
  encodeValue,
  everyRow,
  isChanged,
  keyCondition,
  keyValues,
  knownOf,
  readExists,
  Stored,
} from '../query/index.js';
import type { ColumnSchema, TableSchema } from '../schema/index.js';
import { and, binary, not, type Expression, type Program } from '../sql/index.js';
import { check, optionsOf, Rule, type Flaw, type Place, type RuleOptions } from './rule.js';

/** The options of `unique`. */
export interface UniqueOptions extends RuleOptions {
  /** Fields by which rows are told apart: the value is to be unique among those with the same values in them. */
  readonly within?: readonly string[];
}

/**
 * A value that no other row has. It asks the database, when the field is new or changed; default scopes do not count, and
 * neither do rows that are marked as deleted.
 *
 *     @validate(rules.unique()) @text({ unique: true }) email!: string;
 *     // SELECT 1 FROM "users" WHERE "email" = ? AND NOT ("id" = ?) LIMIT 1
 *
 * Keep the column unique, too: between the question and the write another connection may come.
 */
export function unique(options?: UniqueOptions): Rule<unknown> {
  const { message = 'is taken', within = [] } = optionsOf('unique', options);
  check('unique', Array.isArray(within), "fields as an array: { within: ['teamId'] }");
  return new Rule('unique', message, (_, { table, instance, field }) =>
    taken({ table, instance, field }, [field, ...within], message),
  );
}

function* taken({ table, instance }: Place, fields: readonly string[], message: string): Program<readonly Flaw[]> {
  const { schema } = table;
  const columns = fields.map((field) => schema.column(field));
  const row = Stored.row(instance);
  const isStored = Array.isArray(row);
  const values = columns.map(({ property }) => (instance as Record<string, unknown>)[property]);
  const isSame = (column: ColumnSchema, at: number) => {
    const known = knownOf(instance, column, row!);
    return known !== undefined && !isChanged(schema, column, values[at], known);
  };
  if (isStored && columns.every(isSame)) return [];
  if (values.some((value) => value === null || value === undefined)) return []; // to SQLite, each NULL is another
  const same = columns.map((column, at) => equals(schema, column, values[at]));
  const where = isStored ? [...same, not(keyCondition(schema, keyValues(schema, row)))] : same;
  const scopes = { used: [], lifted: 'all' } as const;
  const all = schema.whole === schema ? table : yield* table.related(schema.whole); // other subtypes have the same column
  return (yield* readExists(all, { ...everyRow, scopes, where: [and(where)] })) ? [{ path: '', message }] : [];
}

const equals = (schema: TableSchema, column: ColumnSchema, value: unknown): Expression =>
  binary(column.reference, '=', columnParameter(column, encodeValue(schema.field(column), column, value)));
