import { InvalidValueError, UndefinedConditionError } from '../errors/index.js';
import type { Comparable, MatchPart } from '../schema/index.js';
import { and, binary, call, parameter, untyped, type Expression } from '../sql/index.js';

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
  const keys = Object.keys(conditions);
  if (keys.length === 0) {
    throw new UndefinedConditionError(
      `The condition on ${field} is an empty object, which every row would meet.`,
      'Name a key of the JSON, or compare the whole with eq({}).',
    );
  }
  const operands = keys.map((key) => {
    const part = jsonPart(json, `${path}.${quoteKey(key)}`, `${field}.${key}`);
    const condition = (conditions as Record<string, unknown>)[key];
    // true and 1 are the same value once extracted, and only their types tell them apart
    return typeof condition === 'boolean' ? isBoolean(json, part.path, condition) : match(part, condition);
  });
  return and(operands);
}

/** SQLite reads a path's key in quotes as JSON text, escapes included. */
const quoteKey = (key: string): string => JSON.stringify(key);

const isBoolean = (json: Expression, path: string, value: boolean): Expression =>
  binary(call('json_type', json, parameter(path)), '=', parameter(String(value)));

function jsonPart(json: Expression, path: string, field: string): Comparable & { readonly path: string } {
  return {
    path,
    field,
    expression: call('json_extract', json, parameter(path)),
    encode: (value) => jsonOperand(value, field),
    inside: (conditions, match) => insidePath(json, path, field, conditions, match),
  };
}

/** A value as `json_extract` gives it: numbers and strings as themselves, arrays and objects as minified text. */
function jsonOperand(value: unknown, field: string): Expression {
  if (Array.isArray(value) || (typeof value === 'object' && value !== null && !(value instanceof Date))) {
    return call('json', parameter(JSON.stringify(value)));
  }
  if (value instanceof Date) return parameter(value.toJSON());
  if (typeof value === 'bigint' || value === undefined)
    throw new InvalidValueError(field, 'a value that JSON can hold', value);
  return untyped(value, field);
}
