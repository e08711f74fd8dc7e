import { quote } from './identifier.js';
import { literal } from './literal.js';
import type {
  ColumnReference,
  DeleteStatement,
  Expression,
  Fragment,
  FunctionName,
  InsertStatement,
  OrderingTerm,
  SelectedColumn,
  SelectStatement,
  Statement,
  UpdateStatement,
} from './syntax.js';
import { writeConflict } from './write-conflict.js';
import { writeQualifier, writeTable } from './write-table.js';
import type { SqlWriter } from './writer.js';

/** Writes any statement. */
export function writeStatement(out: SqlWriter, statement: Statement): void {
  switch (statement.kind) {
    case 'select':
      return writeSelect(out, statement);
    case 'insert':
      return writeInsert(out, statement);
    case 'update':
      return writeUpdate(out, statement);
    case 'delete':
      return writeDelete(out, statement);
    default:
      statement satisfies never;
  }
}

export function writeSelect(out: SqlWriter, select: SelectStatement): void {
  writeSelectHead(out, select);
  writeSelectTail(out, select);
}

/** `SELECT columns FROM table`: what is the same in all queries of a model. */
export function writeSelectHead(out: SqlWriter, select: SelectStatement): void {
  if (select.from.kind === 'table') out.table = select.from;
  out.write(select.distinct ? 'SELECT DISTINCT ' : 'SELECT ');
  writeSelectedColumns(out, select.columns);
  out.write(' FROM ');
  if (select.from.kind === 'table') return writeTable(out, select.from);
  out.write('(');
  writeSelect(out, select.from.select);
  out.write(')');
}

/** `WHERE … ORDER BY … LIMIT … OFFSET …`: what differs from query to query. */
export function writeSelectTail(out: SqlWriter, select: SelectStatement): void {
  const { from, where, orderBy, limit, offset } = select;
  if (from.kind === 'table') out.table = from;
  writeWhere(out, where);
  if (orderBy.length > 0) writeOrderBy(out, select);
  if (limit !== undefined || offset !== undefined) {
    // a number, and not a parameter: knowing it, SQLite sorts no more rows than it needs, which can halve the time.
    // OFFSET needs a LIMIT before it; -1 is none
    out.write(` LIMIT ${literal(limit ?? -1)}`);
  }
  if (offset !== undefined) {
    out.write(' OFFSET ');
    out.bind(offset);
  }
}

/** In ORDER BY a bare name is a result column's alias before it is a column of the table. */
function writeOrderBy(out: SqlWriter, { columns, orderBy }: SelectStatement): void {
  const write = () => out.list(orderBy, ', ', (term) => writeOrderingTerm(out, term));
  out.write(' ORDER BY ');
  if (columns.some(({ alias }) => alias !== undefined)) out.qualifying(write);
  else write();
}

function writeInsert(out: SqlWriter, insert: InsertStatement): void {
  out.table = insert.into;
  out.write('INSERT INTO ');
  writeTable(out, insert.into);
  if (insert.columns.length === 0) {
    out.write(' DEFAULT VALUES');
  } else {
    out.write(' (');
    out.list(insert.columns, ', ', (name) => out.write(quote(name)));
    out.write(') VALUES ');
    writeRow(out, insert.values);
    for (const values of insert.moreValues ?? []) {
      out.write(', ');
      writeRow(out, values);
    }
  }
  if (insert.conflict !== undefined) writeConflict(out, insert.into, insert.conflict);
  writeReturning(out, insert.returning);
}

function writeUpdate(out: SqlWriter, update: UpdateStatement): void {
  out.table = update.table;
  out.write('UPDATE ');
  writeTable(out, update.table);
  out.write(' SET ');
  out.list(update.set, ', ', ({ column, value }) => {
    out.write(`${quote(column)} = `);
    writeExpression(out, value);
  });
  writeWhere(out, update.where);
  writeReturning(out, update.returning);
}

function writeDelete(out: SqlWriter, statement: DeleteStatement): void {
  out.table = statement.from;
  out.write('DELETE FROM ');
  writeTable(out, statement.from);
  writeWhere(out, statement.where);
  writeReturning(out, statement.returning);
}

function writeWhere(out: SqlWriter, where: Expression | undefined): void {
  if (where === undefined) return;
  out.write(' WHERE ');
  if (where.kind === 'and') writeOperands(out, where.operands, ' AND ');
  else writeExpression(out, where);
}

function writeReturning(out: SqlWriter, columns: readonly SelectedColumn[]): void {
  if (columns.length === 0) return;
  out.write(' RETURNING ');
  writeSelectedColumns(out, columns);
}

function writeSelectedColumns(out: SqlWriter, columns: readonly SelectedColumn[]): void {
  out.list(columns, ', ', ({ expression, alias }) => {
    writeExpression(out, expression);
    if (alias !== undefined) out.write(` AS ${quote(alias)}`);
  });
}

/** Writes an expression where an operator stands beside it: what a user wrote may hold operators of its own. */
function writeOperand(out: SqlWriter, operand: Expression): void {
  if (operand.kind === 'fragment') writeWrapped(out, '(', operand, ')');
  else writeExpression(out, operand);
}

/** The plus takes away the affinity that CAST gives, by which a text such as '05' would be equal to 5. */
const castStart = '+CAST(';

/** Writes an expression where it stands alone: between commas or parentheses. */
export function writeExpression(out: SqlWriter, expression: Expression): void {
  switch (expression.kind) {
    case 'column':
      return writeColumn(out, expression);
    case 'parameter':
      return out.bind(expression.value);
    case 'literal':
      return out.write(literal(expression.value));
    case 'and':
    case 'or':
      return writeJunction(out, expression.operands, ` ${expression.kind.toUpperCase()} `);
    case 'not':
      return writeNot(out, expression.operand);
    case 'call':
      return writeCall(out, expression.name, expression.operands);
    case 'cast':
      return writeWrapped(out, castStart, expression.operand, ` AS ${expression.type})`);
    default:
      return writeRareExpression(out, expression);
  }
}

type RareExpression = Exclude<
  Expression,
  { kind: 'column' | 'parameter' | 'literal' | 'and' | 'or' | 'not' | 'call' | 'cast' }
>;

function writeRareExpression(out: SqlWriter, expression: RareExpression): void {
  switch (expression.kind) {
    case 'increment':
      return writeWrapped(out, '', expression.operand, ' + 1');
    case 'collate':
      return writeWrapped(out, '(', expression.operand, ` COLLATE ${quote(expression.collation)})`);
    case 'row':
      return writeRow(out, expression.operands);
    case 'result':
      return out.write(quote(expression.name));
    case 'subquery':
      return writeSubquery(out, () => writeSelect(out, expression.select));
    case 'rowNumber':
      return writeRowNumber(out, expression);
    case 'keyValue':
      (out.tablesOfKeys ??= new Set()).add(expression.table);
      return out.bind(expression.value);
    case 'fragment':
      return writeFragment(out, expression);
    default:
      return writePredicate(out, expression);
  }
}

function writePredicate(out: SqlWriter, expression: Kind<'binary' | 'like' | 'between' | 'in' | 'isNull' | 'exists'>) {
  switch (expression.kind) {
    case 'binary':
      return writeOperands(out, [expression.left, expression.right], ` ${expression.operator} `);
    case 'like':
      return writeLike(out, expression);
    case 'between':
      return writeBetween(out, expression);
    case 'in':
      return writeIn(out, expression);
    case 'isNull':
      return writeIsNull(out, expression);
    case 'exists':
      return writeExists(out, expression);
    default:
      expression satisfies never;
  }
}

type Kind<Name extends Expression['kind']> = Expression & { readonly kind: Name };

function writeLike(out: SqlWriter, { operand, pattern }: Kind<'like'>): void {
  writeOperands(out, [operand, pattern], ' LIKE ');
  out.write(" ESCAPE '\\'");
}

function writeBetween(out: SqlWriter, { operand, low, high }: Kind<'between'>): void {
  writeOperand(out, operand);
  out.write(' BETWEEN ');
  writeOperands(out, [low, high], ' AND ');
}

function writeIsNull(out: SqlWriter, { operand, negated }: Kind<'isNull'>): void {
  writeOperand(out, operand);
  out.write(negated ? ' IS NOT NULL' : ' IS NULL');
}

function writeExists(out: SqlWriter, { quantifier, select }: Kind<'exists'>): void {
  out.write(quantifier === 'some' ? 'EXISTS ' : 'NOT EXISTS ');
  writeSubquery(out, () => writeSelect(out, select));
}

function writeRowNumber(out: SqlWriter, { partitionBy, orderBy }: Kind<'rowNumber'>): void {
  out.write('row_number() OVER (PARTITION BY ');
  out.list(partitionBy, ', ', (expression) => writeExpression(out, expression));
  out.write(' ORDER BY ');
  out.list(orderBy, ', ', (term) => writeOrderingTerm(out, term));
  out.write(')');
}

function writeColumn(out: SqlWriter, { table, quoted }: ColumnReference): void {
  if (out.qualifies(table)) {
    writeQualifier(out, table);
  }
  out.write(quoted);
}

function writeNot(out: SqlWriter, operand: Expression): void {
  const hasParentheses = operand.kind === 'and' || operand.kind === 'or';
  writeWrapped(out, hasParentheses ? 'NOT ' : 'NOT (', operand, hasParentheses ? '' : ')');
}

/** `count()` counts rows, which SQLite writes with a star. */
function writeCall(out: SqlWriter, name: FunctionName, operands: readonly Expression[]): void {
  out.write(`${name}(`);
  out.list(operands, ', ', (operand) => writeExpression(out, operand));
  out.write(operands.length === 0 ? '*)' : ')');
}

function writeRow(out: SqlWriter, operands: readonly Expression[]): void {
  out.write('(');
  out.list(operands, ', ', (operand) => writeExpression(out, operand));
  out.write(')');
}

function writeIn(out: SqlWriter, { operand, negated, among }: Kind<'in'>): void {
  writeOperand(out, operand);
  out.write(negated ? ' NOT IN (' : ' IN (');
  if (among.kind === 'values') {
    out.list(among.values, ', ', (value) => writeExpression(out, value));
  } else if (among.kind === 'json' || among.kind === 'jsonRows') {
    const places = among.kind === 'json' ? [] : Array.from({ length: among.width }, (_, place) => place);
    const parts = places.map((place) => `json_extract("value", '$[${place}]')`);
    out.write(`SELECT ${parts.join(', ') || '"value"'} FROM json_each(`);
    out.bind(among.text);
    out.write(')');
  } else {
    out.qualifying(() => writeSelect(out, among.select));
  }
  out.write(')');
}

/**
 * SQLite nests `a OR b OR c` once per operand and stops at a depth of 1,000; written as a balanced tree, a million operands are
 * twenty deep. https://sqlite.org/limits.html#max_expr_depth
 */
const flatOperands = 100;

function writeJunction(out: SqlWriter, operands: readonly Expression[], separator: string): void {
  out.write('(');
  writeOperands(out, operands, separator);
  out.write(')');
}

function writeOperands(out: SqlWriter, operands: readonly Expression[], separator: string): void {
  if (operands.length <= flatOperands) {
    out.list(operands, separator, (operand) => writeOperand(out, operand));
  } else {
    const half = operands.length >> 1;
    writeJunction(out, operands.slice(0, half), separator);
    out.write(separator);
    writeJunction(out, operands.slice(half), separator);
  }
}

function writeWrapped(out: SqlWriter, before: string, operand: Expression, after: string): void {
  out.write(before);
  writeExpression(out, operand);
  out.write(after);
}

function writeSubquery(out: SqlWriter, write: () => void): void {
  out.write('(');
  out.qualifying(write);
  out.write(')');
}

function writeFragment(out: SqlWriter, { texts, chunks }: Fragment): void {
  out.qualifying(() => {
    out.write(texts[0]!);
    chunks.forEach((chunk, index) => {
      if (chunk.kind === 'identifier') out.write(quote(chunk.name));
      else if (chunk.kind === 'table') writeTable(out, chunk);
      else writeExpression(out, chunk);
      out.write(texts[index + 1]!);
    });
  });
}

export function writeOrderingTerm(out: SqlWriter, term: OrderingTerm): void {
  writeExpression(out, term.expression);
  if (term.collation !== undefined) out.write(` COLLATE ${quote(term.collation)}`);
  if (term.direction === 'DESC') out.write(' DESC');
  if (term.nulls !== undefined) out.write(` NULLS ${term.nulls}`);
}
