import { InvalidValueError, QueryError, UndefinedConditionError, UnknownFieldError } from '../errors/index.js';
import {
  codecCause,
  isPlainObject,
  type ColumnSchema,
  type Comparable,
  type EmbeddedSchema,
  type TableSchema,
} from '../schema/index.js';
import {
  and,
  binary,
  constant,
  exactParameter,
  isNull,
  isSqlChunk,
  not,
  numberText,
  or,
  parameter,
  Sql,
  toSyntax,
  type Expression,
  type InList,
  type SelectStatement,
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
    const relation = table.relations.get(field);
    const embedded = table.options.embedded?.get(field);
    if (relation !== undefined) operands.push(relation.condition(where[field]));
    else if (embedded !== undefined) operands.push(matchEmbedded(table, embedded, where[field]));
    else operands.push(match(comparableColumn(table, table.column(field)), where[field]));
  }
  const parts = where[combined as never] as CombinedParts | undefined;
  if (parts !== undefined) operands.push(compileCombination(table, parts));
  return operands.length === 0 ? undefined : and(operands);
}

/** Conditions on the fields of an embedded object; null where all of them are. */
function matchEmbedded(table: TableSchema, { field, parts }: EmbeddedSchema, given: unknown): Expression {
  const name = `${table.modelName}.${field}`;
  const isEqual =
    given instanceof Condition && given.comparison.kind === 'compare' && given.comparison.operator === '=';
  const condition = isEqual ? (given.comparison as { readonly operand: unknown }).operand : given;
  const conditions = condition === null ? parts.map((part) => [part, null] as const) : Object.entries(condition ?? {});
  if (typeof condition !== 'object' || condition instanceof Condition || isSqlChunk(condition)) {
    throw new UndefinedConditionError(`The condition on ${name} takes an object of its fields, or null.`);
  }
  if (conditions.length === 0) {
    throw new UndefinedConditionError(
      `An empty condition on ${name} would match every row.`,
      'Leave the field out, or name what is inside.',
    );
  }
  return and(
    conditions.map(([part, value]) => {
      if (!parts.includes(part)) throw new UnknownFieldError(name, part, parts);
      return match(comparableColumn(table, table.column(`${field}.${part}`)), value);
    }),
  );
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
    encode: (value) => {
      column.type.checkOperand?.(value, field);
      return columnParameter(column, encodeValue(field, column, value));
    },
    inside: inside && ((conditions, matchPart) => inside(comparable, conditions, matchPart)),
  };
  return comparable;
}

/** A bound value for a column. One without a type gives an integer no affinity, so that it has to be cast. */
export const columnParameter = ({ type }: ColumnSchema, value: SqlValue): Expression =>
  type.storage === 'ANY' ? exactParameter(value) : parameter(value);

/** What the statements of one shape differ in besides: which of the values are cast. */
export function castShape(schema: TableSchema, columns: readonly ColumnSchema[], values: readonly SqlValue[]): string {
  if (!schema.hasAny) return '';
  let shape = '';
  for (let index = 0; index < columns.length; index++) {
    const { type, position } = columns[index]!;
    if (type.storage === 'ANY' && exactParameter(values[index]!).kind === 'cast') shape += ` cast ${position}`;
  }
  return shape;
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
  return equals(part, condition);
}

/** That a part is a value. Where two values look alike once they are read, the part knows how to tell them apart. */
const equals = (part: Comparable, value: unknown): Expression =>
  part.equals?.(value) ?? binary(part.expression, '=', part.encode(value));

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
  const told = operator === '=' || operator === '!=' ? part.equals?.(operand) : undefined;
  if (told !== undefined) return operator === '=' ? told : not(told);
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
  if (isSqlChunk(among)) return inList(part, negated, subqueryOf(part, among, negated));
  if (!Array.isArray(among)) {
    throw new UndefinedConditionError(`${negated ? 'noneOf' : 'oneOf'} on ${part.field} takes an array or a query.`);
  }
  const values = (among as readonly unknown[]).filter((value) => value !== null);
  const listed = compileList(part, values, negated);
  if (values.length === among.length) return listed;
  // NULL in a list makes IN unknown for every other value, so it is asked for beside the list
  return negated ? and([listed, isNull(part.expression, true)]) : or([listed, isNull(part.expression)]);
}

/** A list without NULLs; the values that need an equality of their own stand beside it. */
function compileList(part: Comparable, values: readonly unknown[], negated: boolean): Expression {
  const told: Expression[] = [];
  const encoded: Expression[] = [];
  for (const value of values) {
    const equal = part.equals?.(value);
    if (equal === undefined) encoded.push(operandOf(part, negated ? 'noneOf' : 'oneOf', value));
    else told.push(negated ? not(equal) : equal);
  }
  if (encoded.length > 0) told.unshift(inList(part, negated, listOf(part, encoded)));
  if (told.length === 0) return constant(negated ? 1 : 0);
  return negated ? and(told) : or(told);
}

const inList = (part: Comparable, negated: boolean, among: InList): Expression => ({
  kind: 'in',
  operand: part.expression,
  negated,
  among,
});

function subqueryOf(part: Comparable, query: SqlChunk, negated: boolean): InList {
  const expression = expressionOf(query);
  if (expression.kind === 'subquery') {
    if (expression.select.columns.length !== 1) {
      throw new QueryError(`${part.field} is looked for in a query of several columns.`, 'Read one: select("…").');
    }
    return {
      kind: 'select',
      // asked for when the statement is written: the query's scopes may say something else by then
      get select() {
        return negated ? withoutNulls(expression.select) : expression.select;
      },
    };
  }
  if (expression.kind === 'fragment') return { kind: 'values', values: [expression] };
  throw new QueryError(`oneOf on ${part.field} takes an array or a query.`);
}

/** NOT IN is never true where there is a NULL among the values: https://sqlite.org/lang_expr.html#in_op */
function withoutNulls(select: SelectStatement): SelectStatement {
  const { expression } = select.columns[0]!;
  const isValue = isNull(expression, true);
  if (select.limit === undefined && select.offset === undefined) {
    return { ...select, where: select.where === undefined ? isValue : and([select.where, isValue]) };
  }
  const value = { kind: 'result', name: 'value' } as const;
  return {
    kind: 'select',
    distinct: false,
    columns: [{ expression: value, alias: undefined }],
    from: { kind: 'subselect', select: { ...select, columns: [{ expression, alias: 'value' }] } },
    where: isNull(value, true),
    orderBy: [],
    limit: undefined,
    offset: undefined,
  };
}

function listOf(part: Comparable, values: readonly Expression[]): InList {
  if (values.length <= mostParameters) return { kind: 'values', values };
  const texts = values.map((value) => {
    const bound = value.kind === 'cast' ? value.operand : value;
    return bound.kind === 'parameter' ? jsonText(bound.value) : undefined;
  });
  if (!texts.includes(undefined)) return { kind: 'json', text: `[${texts.join(',')}]` };
  if (values.length <= 30_000) return { kind: 'values', values };
  throw new QueryError(`oneOf on ${part.field} has too many values of a kind that cannot be bound as one list.`);
}

/** A value as JSON that SQLite reads back unchanged; `undefined` where there is none. */
export function jsonText(value: SqlValue): string | undefined {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'string') return value.includes('\0') ? undefined : JSON.stringify(value);
  return typeof value === 'number' ? numberText(value) : undefined;
}
