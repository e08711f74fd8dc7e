import { InvalidValueError, QueryError, UndefinedConditionError } from '../errors/index.js';
import { codecCause, type ColumnSchema, type Comparable, type TableSchema } from '../schema/index.js';
import {
  and,
  binary,
  constant,
  isNull,
  isSqlChunk,
  not,
  or,
  parameter,
  Sql,
  toSyntax,
  type Expression,
  type InList,
  type SqlChunk,
  type SqlValue,
} from '../sql/index.js';
import { Condition, type Comparison } from './condition.js';
import { combined, type CombinedParts } from './where.js';

/** The expression of what `filter` was given. An empty object has none: every row meets it. */
export function compileWhere(table: TableSchema, where: unknown): Expression | undefined {
  if (where instanceof Sql) return where.fragment;
  checkIsConditions(table, where);
  const operands: Expression[] = [];
  for (const field of Object.keys(where)) {
    operands.push(match(comparableColumn(table, table.column(field)), where[field]));
  }
  const parts = where[combined as never] as CombinedParts | undefined;
  if (parts !== undefined) operands.push(compileCombination(table, parts));
  return operands.length === 0 ? undefined : and(operands);
}

function checkIsConditions(table: TableSchema, where: unknown): asserts where is Record<string, unknown> {
  if (where === undefined || where === null) {
    throw new UndefinedConditionError(
      `The conditions on ${table.modelName} are ${String(where)}, which would match every row.`,
      'Leave the filter out when all rows are meant.',
    );
  }
  const prototype: unknown = typeof where === 'object' ? Object.getPrototypeOf(where) : undefined;
  if (prototype !== Object.prototype && prototype !== null) {
    throw new QueryError(
      `Conditions on ${table.modelName} are an object of its fields, not ${Array.isArray(where) ? 'an array' : typeof where}.`,
      'Write { field: value }, or(…), and(…), not(…) or sql`…`.',
    );
  }
}

function compileCombination(table: TableSchema, { operator, parts }: CombinedParts): Expression {
  const operands = parts.map((part) => {
    const operand = compileWhere(table, part);
    if (operand === undefined) {
      throw new UndefinedConditionError(`An empty condition inside ${operator}() would match every row.`);
    }
    return operand;
  });
  if (operator === 'not') return not(operands[0]!);
  return operator === 'and' ? and(operands) : or(operands);
}

/** A column as something to put conditions on. */
export function comparableColumn(table: TableSchema, column: ColumnSchema): Comparable {
  const field = table.field(column);
  const { inside } = column.type;
  const comparable: Comparable = {
    expression: column.reference,
    field,
    encode: (value) => parameter(encodeValue(field, column, value)),
    inside: inside && ((conditions, matchPart) => inside(comparable, conditions, matchPart)),
  };
  return comparable;
}

/** A value as its column stores it, or `InvalidValueError`. */
export function encodeValue(field: string, column: ColumnSchema, value: unknown): SqlValue {
  if (value === null && column.nullable) return null;
  try {
    return column.type.encode(value);
  } catch (error) {
    const invalid = new InvalidValueError(
      field,
      column.nullable ? `${column.type.expected}, or null` : column.type.expected,
      value,
    );
    const cause = codecCause(error);
    if (cause !== undefined) invalid.cause = cause;
    throw invalid;
  }
}

/** The condition that a column, or a part of one, equals a value or meets a `Condition`. */
export function match(part: Comparable, condition: unknown): Expression {
  if (condition instanceof Condition) return compileComparison(part, condition.comparison);
  if (condition === undefined) {
    throw new UndefinedConditionError(
      `The condition on ${part.field} is undefined, which would match every row.`,
      'Leave the field out, or use isNull().',
    );
  }
  if (condition === null) return isNull(part.expression);
  if (isSqlChunk(condition)) return binary(part.expression, '=', expressionOf(condition));
  if (part.inside !== undefined && isPlainObject(condition)) return part.inside(condition, match);
  if (Array.isArray(condition) && part.inside === undefined) {
    throw new QueryError(`${part.field} is compared with an array.`, 'For one of several values use oneOf([…]).');
  }
  return binary(part.expression, '=', part.encode(condition));
}

function compileComparison(part: Comparable, comparison: Comparison): Expression {
  switch (comparison.kind) {
    case 'compare':
      return compileCompare(part, comparison.operator, comparison.operand);
    case 'between':
      return {
        kind: 'between',
        operand: part.expression,
        low: operandOf(part, 'between', comparison.low),
        high: operandOf(part, 'between', comparison.high),
      };
    case 'oneOf':
      return compileOneOf(part, comparison.among, comparison.negated);
    case 'like':
      return { kind: 'like', operand: part.expression, pattern: parameter(comparison.pattern) };
    case 'glob':
      return binary(part.expression, 'GLOB', parameter(comparison.pattern));
    case 'isNull':
      return isNull(part.expression, comparison.negated);
    case 'not':
      return not(match(part, comparison.condition));
    default:
      return comparison satisfies never;
  }
}

function compileCompare(
  part: Comparable,
  operator: '=' | '!=' | '<' | '<=' | '>' | '>=',
  operand: unknown,
): Expression {
  if (operand === null && (operator === '=' || operator === '!=')) return isNull(part.expression, operator === '!=');
  return binary(part.expression, operator, operandOf(part, operator, operand));
}

function operandOf(part: Comparable, operator: string, operand: unknown): Expression {
  if (operand === undefined || operand === null) {
    throw new UndefinedConditionError(
      `The condition on ${part.field} compares (${operator}) with ${String(operand)}, which no row meets.`,
      'Leave it out, or use isNull().',
    );
  }
  return isSqlChunk(operand) ? expressionOf(operand) : part.encode(operand);
}

/** An object with a place in a statement, where a value is wanted. */
export function expressionOf(chunk: SqlChunk): Expression {
  const syntax = chunk[toSyntax]();
  if (syntax.kind === 'table' || syntax.kind === 'identifier') {
    throw new QueryError(`"${syntax.name}" is a name and not a value.`, 'Use a column of columns(Model).');
  }
  return syntax;
}

/** Up to so many values are bound one by one; more go into one JSON text, which has no limit and is one statement. */
const mostParameters = 64;

function compileOneOf(part: Comparable, among: readonly unknown[] | SqlChunk, negated: boolean): Expression {
  if (isSqlChunk(among)) return inList(part, negated, subqueryOf(part, among));
  if (!Array.isArray(among)) {
    throw new UndefinedConditionError(`${negated ? 'noneOf' : 'oneOf'} on ${part.field} takes an array or a query.`);
  }
  const values = (among as readonly unknown[]).filter((value) => value !== null);
  const encoded = values.map((value) => operandOf(part, negated ? 'noneOf' : 'oneOf', value));
  const listed = encoded.length === 0 ? constant(negated ? 1 : 0) : inList(part, negated, listOf(part, encoded));
  if (values.length === among.length) return listed;
  // NULL in a list makes IN unknown for every other value, so it is asked for beside the list
  return negated ? and([listed, isNull(part.expression, true)]) : or([listed, isNull(part.expression)]);
}

const inList = (part: Comparable, negated: boolean, among: InList): Expression => ({
  kind: 'in',
  operand: part.expression,
  negated,
  among,
});

function subqueryOf(part: Comparable, query: SqlChunk): InList {
  const expression = expressionOf(query);
  if (expression.kind === 'subquery') return { kind: 'select', select: expression.select };
  if (expression.kind === 'fragment') return { kind: 'values', values: [expression] };
  throw new QueryError(`oneOf on ${part.field} takes an array or a query.`);
}

function listOf(part: Comparable, values: readonly Expression[]): InList {
  if (values.length <= mostParameters) return { kind: 'values', values };
  const texts = values.map((value) => (value.kind === 'parameter' ? jsonText(value.value) : undefined));
  if (!texts.includes(undefined)) return { kind: 'json', text: `[${texts.join(',')}]` };
  if (values.length <= 30_000) return { kind: 'values', values };
  throw new QueryError(`oneOf on ${part.field} has too many values of a kind that cannot be bound as one list.`);
}

/** A value as JSON that SQLite reads back unchanged; `undefined` where there is none. */
function jsonText(value: SqlValue): string | undefined {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'string') return value.includes('\0') ? undefined : JSON.stringify(value);
  return typeof value === 'number' ? JSON.stringify(value) : undefined;
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
