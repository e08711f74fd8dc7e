import { InvalidValueError, QueryError, UndefinedConditionError } from '../errors/index.js';
import { isPlainObject, type Comparable, type MatchPart } from '../schema/index.js';
import { and, binary, call, constant, isSqlChunk, parameter, untyped, type Expression } from '../sql/index.js';

/**
 * Conditions on what is inside a JSON column: each key of the object is a key of the JSON, to any depth.
 *
 * The path is bound, never written into the text, and each key in it is quoted: one that holds a dot or a bracket is a key
 * all the same. https://sqlite.org/json1.html#path_arguments
 */
export function insideJson(column: Comparable, conditions: object, match: MatchPart): Expression {
  return insidePath(column.expression, '$', column.field, conditions, match);
}

function insidePath(json: Expression, path: string, field: string, conditions: object, match: MatchPart): Expression {
  if (Object.getOwnPropertySymbols(conditions).length > 0) {
    throw new QueryError(
      `The condition on ${field} holds and(…), or(…) or not(…), which combine conditions on rows.`,
      'Write or({ field: { key: a } }, { field: { key: b } }).',
    );
  }
  const keys = Object.keys(conditions);
  if (keys.length === 0) {
    throw new UndefinedConditionError(
      `The condition on ${field} is an empty object, which every row would meet.`,
      'Name a key of the JSON, or compare the whole with eq({}).',
    );
  }
  const operands = keys.map((key) =>
    match(
      jsonPart(json, `${path}.${quoteKey(field, key)}`, `${field}.${key}`),
      (conditions as Record<string, unknown>)[key],
    ),
  );
  return and(operands);
}

/** SQLite reads a path's key in quotes as JSON text, escapes included; but a key up to its first NUL only. */
function quoteKey(field: string, key: string): string {
  if (key.includes('\0')) throw new QueryError(`SQLite cannot find a key with a NUL character in ${field}.`);
  return JSON.stringify(key);
}

function jsonPart(json: Expression, path: string, field: string): Comparable {
  const expression = call('json_extract', json, parameter(path));
  const type = call('json_type', json, parameter(path));
  const encode = (value: unknown) => jsonOperand(value, field);
  return {
    field,
    expression,
    encode,
    equals: (value) => {
      if (typeof value === 'boolean') return isBoolean(type, value);
      const double = doubleOf(value);
      if (double === undefined) return undefined;
      return and([binary(expression, '=', encode(value)), binary(type, '!=', constant(double))]);
    },
    inside: (conditions, match) => insidePath(json, path, field, conditions, match),
  };
}

/** JSON's null is NULL here as it is once extracted, so that it meets neither this nor its opposite. */
const isBoolean = (type: Expression, value: boolean): Expression =>
  binary(call('nullif', type, constant('null')), '=', constant(String(value)));

/** The type of JSON of which a value is extracted as the same as this one: 1 and true, "[1]" and [1]. */
function doubleOf(value: unknown): string | undefined {
  if (typeof value === 'number') return value === 1 ? 'true' : value === 0 ? 'false' : undefined;
  if (typeof value === 'string') return value.startsWith('[') ? 'array' : value.startsWith('{') ? 'object' : undefined;
  return isContainer(value) ? 'text' : undefined;
}

const isContainer = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !(value instanceof Date) && !isSqlChunk(value);

/** A value as `json_extract` gives it: numbers and strings as themselves, arrays and objects as minified text. */
function jsonOperand(value: unknown, field: string): Expression {
  checkJsonOperand(value, field);
  if (isContainer(value)) return call('json', parameter(JSON.stringify(value)));
  if (value instanceof Date) return parameter(value.toJSON());
  return untyped(typeof value === 'number' ? numberInJson(value) : value, field);
}

/** Beyond 2^53 JSON.stringify writes other digits than a number has, and SQLite takes them for an integer as far as it can. */
function numberInJson(value: number): number | bigint {
  if (!Number.isInteger(value) || Number.isSafeInteger(value) || Math.abs(value) >= 2 ** 63) return value;
  const written = BigInt(String(value));
  return BigInt.asIntN(64, written) === written ? written : value;
}

/** Refuses what JSON.stringify would leave out or write as something else: the condition would be another one. */
export function checkJsonOperand(value: unknown, field: string): void {
  if (value === undefined) {
    throw new UndefinedConditionError(
      `The condition on ${field} holds undefined, which JSON does not.`,
      'Leave it out.',
    );
  }
  if (Array.isArray(value)) return value.forEach((part) => checkJsonOperand(part, field));
  if (isPlainObject(value)) return Object.values(value).forEach((part) => checkJsonOperand(part, field));
  const isDate = value instanceof Date && !Number.isNaN(value.getTime());
  const isScalar = typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value) || value === null;
  if (!isDate && !isScalar) throw new InvalidValueError(field, 'a value that JSON can hold', value);
}
