import { DefinitionError, InvalidValueError, MissingFieldError, type Failure } from '../errors/index.js';
import {
  encodeValue,
  isAtHand,
  isChanged,
  isFilledBySqlite,
  knownOf,
  Stored,
  type BoundTable,
  type Face,
  type ModelHome,
} from '../query/index.js';
import type { ColumnSchema, TableSchema } from '../schema/index.js';
import type { Program, SqlValue } from '../sql/index.js';
import { asked, type Flaw, type Rule } from './rule.js';

/** The rules of a field, as its decorator has them. */
export interface FieldRules {
  readonly field: string;
  readonly rules: readonly Rule<never>[];
}

/** A method that checks fields together, as its decorator has it. */
export interface CheckMethod {
  readonly method: string;
  /** What a subclass has another by; `undefined` for a private one. */
  readonly key: string | undefined;
  readonly call: (instance: object, check: Check) => Outcome | PromiseLike<Outcome>;
  /** Whether it is asked only before the transaction is committed. */
  readonly atCommit: boolean;
}

/** What a method that checks an instance is told. */
export interface Check {
  /** Where it happens, for models that do not find it by themselves: `Account.using(check.database)`. */
  readonly database: CheckedDatabase;
}

/** A database in either face, told apart by its `face`; within a transaction of the asynchronous face, that transaction. */
export type CheckedDatabase = { readonly [F in Face]: ModelHome<F> }[Face];

/** What a method that checks an instance returns: nothing or `true` where all is well, or what is wrong. */
export type Outcome = void | boolean | string | Flaw | readonly Flaw[];

/** A method that checks an instance: in the asynchronous face it may promise its outcome. */
export type CheckFunction = (check: Check) => Outcome | PromiseLike<Outcome>;

/** Lists all that is wrong with an instance: by its columns, by the rules of its fields, and by its methods. */
export function* failuresOf(
  table: BoundTable,
  instance: object,
  noted: readonly (FieldRules | CheckMethod)[],
): Program<readonly Failure[]> {
  const failures: Failure[] = [];
  let isTyped = true;
  for (const [field, rules] of rulesByField(table.schema, noted)) {
    const column = table.schema.columnsByProperty.get(field);
    if (column !== undefined && !isAtHand(instance, column)) continue; // deferred: what is not read is not written
    const wrong = column && columnFailure(table.schema, column, instance as Fields);
    if (wrong === undefined) {
      failures.push(...(yield* fieldFailures(table, instance, field, rules)));
    } else {
      isTyped = false; // rules and methods count on the types that they were compiled with
      failures.push(wrong);
    }
  }
  for (const each of noted) {
    if (isTyped && 'method' in each && !each.atCommit) failures.push(...(yield* methodFailures(table, instance, each)));
  }
  return failures;
}

/** Lists all that is wrong with an instance when everything is written, by those of its methods that ask then. */
export function* failuresAtCommit(
  table: BoundTable,
  instance: object,
  methods: readonly CheckMethod[],
): Program<readonly Failure[]> {
  const failures: Failure[] = [];
  for (const method of methods) failures.push(...(yield* methodFailures(table, instance, method)));
  return failures;
}

/** The rules of each field: columns in their order, then fields that are none. What is not shown here is not judged. */
function rulesByField(
  { columns, leftOut }: TableSchema,
  noted: readonly (FieldRules | CheckMethod)[],
): Map<string, Rule<never>[]> {
  const byField = new Map<string, Rule<never>[]>(columns.map(({ property }) => [property, []]));
  for (const each of noted) {
    if ('field' in each) byField.set(each.field, [...(byField.get(each.field) ?? []), ...each.rules]);
  }
  for (const { property } of leftOut) byField.delete(property);
  return byField;
}

type Fields = Readonly<Record<string, unknown>>;

/** What is wrong with a value that would be written, by its column alone. */
function columnFailure(schema: TableSchema, column: ColumnSchema, fields: Fields): Failure | undefined {
  const { property: path, type } = column;
  let value: unknown;
  try {
    value = fields[path];
    const row = Stored.row(fields);
    if (
      Array.isArray(row) ? isStored(schema, column, value, knownOf(fields, column, row)) : isLeft(schema, column, value)
    ) {
      return undefined;
    }
    encodeValue(schema.field(column), column, value);
    return undefined;
  } catch (error) {
    if (error instanceof MissingFieldError) return { path, rule: 'required', message: 'is required' }; // of an embedded object
    if (!(error instanceof InvalidValueError)) throw error;
    if ((value ?? null) === null && !column.nullable) return { path, rule: 'required', message: 'is required' };
    return { path, rule: type.name === 'choice' ? 'choice' : 'type', message: `must be ${type.expected}` };
  }
}

const isStored = (schema: TableSchema, column: ColumnSchema, value: unknown, known: SqlValue | undefined): boolean =>
  known !== undefined && !isChanged(schema, column, value, known);

/** Whether the value of a new row is left to SQLite. */
const isLeft = (schema: TableSchema, column: ColumnSchema, value: unknown): boolean =>
  value === undefined && isFilledBySqlite(schema, column);

function* fieldFailures(
  table: BoundTable,
  instance: object,
  field: string,
  rules: readonly Rule<never>[],
): Program<readonly Failure[]> {
  const failures: Failure[] = [];
  const value = (instance as Fields)[field];
  for (const rule of rules) {
    if ((value === null || value === undefined) && !rule.seesNothing) continue;
    for (const { path, message } of yield* rule.flaws(value, { table, instance, field })) {
      failures.push({ path: path === '' ? field : `${field}.${path}`, rule: rule.name, message });
    }
  }
  return failures;
}

function* methodFailures(
  { database }: BoundTable,
  instance: object,
  { method, call }: CheckMethod,
): Program<readonly Failure[]> {
  const outcome = yield* asked(method, (scope) =>
    call(instance, {
      get database() {
        return database.homeIn!(scope) as CheckedDatabase;
      },
    }),
  );
  const flaws = flawsOf(outcome);
  if (!flaws.every(isFlaw)) {
    throw new DefinitionError(
      `${instance.constructor.name}.${method}() returned what says neither that all is well nor what is wrong.`,
      'Return nothing or true, or else { path, message }, an array of such, a text, or false.',
    );
  }
  return flaws.map(({ path, message }) => ({ path, rule: method, message }));
}

/** Whether it is one, as the compiler believes. */
const isFlaw = (flaw: Partial<Flaw> | null): boolean =>
  typeof flaw?.path === 'string' && typeof flaw.message === 'string';

function flawsOf(outcome: Outcome): readonly Flaw[] {
  if (outcome === undefined || outcome === true) return [];
  if (outcome === false) return [{ path: '', message: 'is not valid' }];
  if (typeof outcome === 'string') return [{ path: '', message: outcome }];
  return Array.isArray(outcome) ? (outcome as readonly Flaw[]) : [outcome as Flaw];
}
