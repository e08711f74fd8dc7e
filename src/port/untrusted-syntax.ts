import { ForbiddenError } from '../errors/index.js';
import type { ColumnSchema } from '../schema/index.js';
import { call, constant, parameter } from '../sql/index.js';
import type {
  BinaryOperator,
  Expression,
  FunctionName,
  InList,
  OrderingTerm,
  SelectedColumn,
  SelectStatement,
  SqlValue,
} from '../sql/index.js';
import { countOf, flagOf, listOf, malformed, nameOf, objectOf, sqlValueOf, textOf, wordOf } from './untrusted-data.js';
import type { Untrusted } from './untrusted-data.js';
import { columnOf, withinRows, type Grant, type Grants } from './untrusted-grant.js';

/** How deep a statement may be nested: deeper than anybody writes, and not so deep that SQLite or the stack end first. */
const deepest = 100;
/** How many parts a statement may have, however often one and the same is used. */
const mostParts = 50_000;
const mostColumns = 2000;

/** The kinds of expressions that are sent: the value of a key is sent as a parameter. */
type SentKind = Exclude<Expression['kind'], 'keyValue'>;

/** The parts that each kind of expression has: a kind that is new to the syntax has to be thought of here, too. */
const partsOf: Readonly<Record<SentKind, readonly string[]>> = {
  column: ['table', 'name'],
  parameter: [],
  literal: ['value'],
  binary: ['operator', 'left', 'right'],
  like: ['operand', 'pattern'],
  between: ['operand', 'low', 'high'],
  in: ['operand', 'negated', 'among'],
  isNull: ['operand', 'negated'],
  and: ['operands'],
  or: ['operands'],
  not: ['operand'],
  call: ['name', 'operands'],
  cast: ['operand', 'type'],
  increment: ['operand'],
  collate: ['operand', 'collation'],
  row: ['operands'],
  result: ['name'],
  subquery: ['select'],
  exists: ['quantifier', 'relation', 'select'],
  rowNumber: ['partitionBy', 'orderBy'],
  fragment: ['texts', 'chunks'],
};

const partsOfLists: Readonly<Record<InList['kind'], readonly string[]>> = {
  values: ['values'],
  json: [],
  jsonRows: ['width'],
  select: ['select'],
};

const operators: Readonly<Record<BinaryOperator, true>> = {
  '=': true,
  '!=': true,
  '<': true,
  '<=': true,
  '>': true,
  '>=': true,
  GLOB: true,
};

/** Each function with the fewest and the most operands that it takes. */
const functions: Readonly<Record<FunctionName, readonly [number, number]>> = {
  coalesce: [2, 2],
  count: [0, 1],
  json: [1, 1],
  json_extract: [2, 100],
  json_type: [1, 2],
  nullif: [2, 2],
};

/** The values that we write into the text of statements ourselves. */
const literals: ReadonlySet<unknown> = new Set([
  ...[0, 1],
  ...['null', 'true', 'false', 'integer', 'real', 'text', 'array', 'object'],
]);

/** What the columns in an expression can belong to: the statement that it stands in, and the queries around it. */
export interface Surroundings {
  /** The table that the statement is about. */
  readonly grant?: Grant;
  /** Which columns of the table may be looked at; all that are granted unless said. */
  readonly sees?: (column: ColumnSchema) => boolean;
  /** Those results of the query in FROM that are used, where the statement has one there. */
  readonly results?: Set<string>;
  readonly around?: Surroundings | undefined;
}

export const refuseSql = (): ForbiddenError =>
  new ForbiddenError(
    'SQL of your own may not be run over this port.',
    'Say it with fields and conditions, or do it in the process that has the file.',
  );

/**
 * Builds expressions and queries anew from plain data that nobody vouches for. Tables and columns are found in what is granted,
 * never taken over; everything else is one of a few words or a value. It reads in the order in which a statement is written, in
 * which its values were sent.
 */
export class SyntaxReader {
  readonly grants: Grants;
  readonly #values: readonly unknown[];
  #used = 0;
  #depth = 0;
  #parts = 0;

  constructor(grants: Grants, values: readonly unknown[]) {
    this.grants = grants;
    this.#values = values;
  }

  /** Refuses values that belong to no place in what was read. */
  finish(): void {
    if (this.#used < this.#values.length) malformed('a value is left over');
  }

  expression(syntax: unknown, within: Surroundings): Expression {
    this.#enter();
    const kind = kindOf(syntax, partsOf);
    const expression = this.#expressionOf(kind, objectOf(syntax, ['kind', ...partsOf[kind]]), within);
    this.#depth--;
    return expression;
  }

  #expressionOf(kind: SentKind, node: Untrusted, within: Surroundings): Expression {
    const operand = (name: string): Expression => this.expression(node[name], within);
    const operands = (least: number, most = mostParts) => this.#list(node['operands'], least, most, within);
    switch (kind) {
      case 'column':
        return this.column(node, within);
      case 'parameter':
        return parameter(this.#value());
      case 'literal':
        return literals.has(node['value']) ? constant(node['value'] as SqlValue) : malformed('a literal is unknown');
      case 'binary':
        return { kind, operator: wordOf(node['operator'], operators), left: operand('left'), right: operand('right') };
      case 'like':
        return { kind, operand: operand('operand'), pattern: operand('pattern') };
      case 'between':
        return { kind, operand: operand('operand'), low: operand('low'), high: operand('high') };
      case 'in':
        return this.#in(node, within);
      case 'isNull':
        return { kind, operand: operand('operand'), negated: flagOf(node['negated']) };
      case 'and':
      case 'or':
        return { kind, operands: operands(1) };
      case 'not':
        return { kind, operand: operand('operand') };
      case 'call': {
        const name = wordOf(node['name'], functions);
        return call(name, ...operands(...functions[name]));
      }
      case 'cast':
        return { kind, operand: operand('operand'), type: wordOf(node['type'], { INTEGER: true }) };
      case 'collate':
        return { kind, operand: operand('operand'), collation: this.grants.collation(node['collation']) };
      case 'row':
        return { kind, operands: operands(2, mostColumns) };
      default:
        return this.#rareExpressionOf(kind, node, within);
    }
  }

  #rareExpressionOf(
    kind: 'increment' | 'result' | 'subquery' | 'fragment' | 'exists' | 'rowNumber',
    node: Untrusted,
    within: Surroundings,
  ): Expression {
    switch (kind) {
      case 'increment': {
        const operand = this.expression(node['operand'], within);
        return operand.kind === 'column' ? { kind, operand } : malformed('only a column is counted');
      }
      case 'exists': {
        const quantifier = wordOf(node['quantifier'], { some: true, every: true, none: true });
        return { kind, quantifier, relation: textOf(node['relation']), select: this.select(node['select'], within) };
      }
      case 'rowNumber': {
        const partitionBy = this.#list(node['partitionBy'], 1, mostColumns, within);
        return { kind, partitionBy, orderBy: this.#order(node['orderBy'], within) };
      }
      case 'result': {
        const name = nameOf(node['name']);
        if (within.results === undefined) malformed('there is no query in FROM');
        within.results.add(name); // whether it has one is seen once it is read
        return { kind, name };
      }
      case 'subquery':
        return { kind, select: this.select(node['select'], within) };
      case 'fragment':
        throw refuseSql();
      default:
        return kind satisfies never;
    }
  }

  /** The column of the innermost query that is about its table. */
  column(node: Untrusted, within: Surroundings): Expression {
    if (typeof node['table'] === 'object') throw refuseSql(); // an alias, which only SQL can give a table
    let query: Surroundings | undefined = within;
    while (query !== undefined && query.grant?.schema.name !== node['table']) query = query.around;
    if (query?.grant === undefined) {
      const { schema } = this.grants.of(node['table']);
      throw new ForbiddenError(`A condition on ${schema.modelName} stands in a query that is not about it.`);
    }
    const column = columnOf(query.grant, node['name']);
    if (query.sees?.(column) !== false) return column.reference;
    throw new ForbiddenError(
      `${query.grant.schema.modelName}.${column.property} may not be read over this port, and so not be a condition.`,
      'Rows that may not be read are named by their primary key.',
    );
  }

  #in(node: Untrusted, within: Surroundings): Expression {
    const operand = this.expression(node['operand'], within);
    const negated = flagOf(node['negated']);
    return { kind: 'in', operand, negated, among: this.#among(node['among'], within) };
  }

  #among(syntax: unknown, within: Surroundings): InList {
    const kind = kindOf(syntax, partsOfLists);
    const node = objectOf(syntax, ['kind', ...partsOfLists[kind]]);
    switch (kind) {
      case 'values':
        return { kind, values: this.#list(node['values'], 1, mostParts, within) };
      case 'json':
        return { kind, text: textOf(this.#value()) };
      case 'jsonRows':
        return { kind, width: Math.min(countOf(node['width']), mostColumns), text: textOf(this.#value()) };
      case 'select':
        return { kind, select: this.select(node['select'], within) };
      default:
        return kind satisfies never;
    }
  }

  #list(value: unknown, least: number, most: number, within: Surroundings): Expression[] {
    return Array.from(listOf(value, least, most), (each) => this.expression(each, within));
  }

  /** A query, which finds only rows that may be read. */
  select(syntax: unknown, around?: Surroundings): SelectStatement {
    this.#enter();
    const node = objectOf(syntax, ['kind', 'distinct', 'columns', 'from', 'where', 'orderBy', 'limit', 'offset']);
    if (node['kind'] !== 'select') malformed('a query is missing');
    const grant = typeof node['from'] === 'object' ? undefined : this.grants.to('read', node['from']);
    const within: Surroundings = grant === undefined ? { results: new Set(), around } : { grant, around };
    const distinct = flagOf(node['distinct']);
    const columns = this.#selected(node['columns'], within);
    const from = grant?.schema.reference ?? this.#subselect(node['from'], around);
    const where = this.where(node['where'], within);
    const orderBy = this.#order(node['orderBy'], within);
    const limit = node['limit'] === undefined ? undefined : countOf(node['limit']);
    const offset = node['offset'] === undefined ? undefined : countOf(this.#value());
    checkResults(from, within);
    this.#depth--;
    return { kind: 'select', distinct, columns, from, where, orderBy, limit, offset };
  }

  /** The condition of a statement about the table of its surroundings. */
  where(syntax: unknown, within: Surroundings): Expression | undefined {
    const where = syntax === undefined ? undefined : this.expression(syntax, within);
    return within.grant === undefined ? where : withinRows(within.grant, where);
  }

  #selected(value: unknown, within: Surroundings): SelectedColumn[] {
    return Array.from(listOf(value, 1, mostColumns), (each) => {
      const { expression, alias } = objectOf(each, ['expression', 'alias']);
      return {
        expression: this.expression(expression, within),
        alias: alias === undefined ? undefined : nameOf(alias),
      };
    });
  }

  #subselect(syntax: unknown, around: Surroundings | undefined): SelectStatement['from'] {
    const { kind, select } = objectOf(syntax, ['kind', 'select']);
    if (kind !== 'subselect') malformed('what a query reads from is missing');
    return { kind: 'subselect', select: this.select(select, around) };
  }

  #order(terms: unknown, within: Surroundings): OrderingTerm[] {
    return Array.from(listOf(terms, 0, mostColumns), (term) => this.#term(term, within));
  }

  #term(syntax: unknown, within: Surroundings): OrderingTerm {
    const node = objectOf(syntax, ['expression', 'direction', 'nulls', 'collation']);
    return {
      expression: this.expression(node['expression'], within),
      direction: wordOf(node['direction'], { ASC: true, DESC: true }),
      nulls: node['nulls'] === undefined ? undefined : wordOf(node['nulls'], { FIRST: true, LAST: true }),
      collation: node['collation'] === undefined ? undefined : this.grants.collation(node['collation']),
    };
  }

  #value(): SqlValue {
    if (this.#used === this.#values.length) malformed('a value is missing');
    return sqlValueOf(this.#values[this.#used++]);
  }

  #enter(): void {
    if (++this.#depth > deepest || ++this.#parts > mostParts) malformed('the statement is too large, or goes round');
  }
}

/** A name that is not among the results would be looked for further out, where it could be any column's. */
function checkResults(from: SelectStatement['from'], { results = new Set() }: Surroundings): void {
  const known = from.kind === 'subselect' ? from.select.columns.map(({ alias }) => alias) : [];
  for (const name of results) if (!known.includes(name)) malformed('a result is unknown');
}

function kindOf<Kind extends string>(syntax: unknown, known: Readonly<Record<Kind, unknown>>): Kind {
  if (typeof syntax !== 'object' || syntax === null || !Object.hasOwn(syntax, 'kind')) {
    return malformed('a part of a statement is missing');
  }
  return wordOf((syntax as Untrusted)['kind'], known);
}
