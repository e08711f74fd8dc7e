import type { SqlValue } from './value.js';

/**
 * Anything with a value in SQL, as an immutable value: a closed set of kinds, and `fragment` for all that SQLite knows and
 * we did not model. https://sqlite.org/lang_expr.html
 */
export type Expression =
  /** `"users"."age"`, or `"age"` where the statement has one table. */
  | ColumnReference
  /** `?` */
  | { readonly kind: 'parameter'; readonly value: SqlValue }
  /** `?`: a value of a row's key, which means that row only where `table` stands */
  | { readonly kind: 'keyValue'; readonly value: SqlValue; readonly table: object }
  /** `NULL`, `0`, `'text'`: a value written into the text */
  | { readonly kind: 'literal'; readonly value: SqlValue }
  /** `left operator right` */
  | {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  /** `operand LIKE pattern ESCAPE '\'` */
  | { readonly kind: 'like'; readonly operand: Expression; readonly pattern: Expression }
  /** `operand BETWEEN low AND high` */
  | { readonly kind: 'between'; readonly operand: Expression; readonly low: Expression; readonly high: Expression }
  /** `operand IN (…)`, of values or of a query */
  | { readonly kind: 'in'; readonly operand: Expression; readonly negated: boolean; readonly among: InList }
  /** `operand IS NULL` */
  | { readonly kind: 'isNull'; readonly operand: Expression; readonly negated: boolean }
  /** `(a AND b)`, `(a OR b)` */
  | { readonly kind: 'and' | 'or'; readonly operands: readonly Expression[] }
  /** `NOT (operand)` */
  | { readonly kind: 'not'; readonly operand: Expression }
  /** `name(…)` */
  | { readonly kind: 'call'; readonly name: FunctionName; readonly operands: readonly Expression[] }
  /** `+CAST(operand AS type)`: a value of that type, without an affinity */
  | { readonly kind: 'cast'; readonly operand: Expression; readonly type: 'INTEGER' }
  /** `operand + 1` */
  | { readonly kind: 'increment'; readonly operand: ColumnReference }
  /** `(operand COLLATE "name")` */
  | { readonly kind: 'collate'; readonly operand: Expression; readonly collation: string }
  /** `(a, b)`: a row value */
  | { readonly kind: 'row'; readonly operands: readonly Expression[] }
  /** `"name"`: a result column of the query in FROM */
  | { readonly kind: 'result'; readonly name: string }
  /** `(SELECT …)` */
  | { readonly kind: 'subquery'; readonly select: SelectStatement }
  /** `EXISTS (SELECT …)`, or `NOT EXISTS` of rows that are not to be: what the rows of a relation have to be like */
  | {
      readonly kind: 'exists';
      readonly quantifier: 'some' | 'every' | 'none';
      /** `User.posts`, by which it is known again. */
      readonly relation: string;
      readonly select: SelectStatement;
    }
  /** `row_number() OVER (PARTITION BY … ORDER BY …)`. https://sqlite.org/windowfunctions.html */
  | {
      readonly kind: 'rowNumber';
      readonly partitionBy: readonly Expression[];
      readonly orderBy: readonly OrderingTerm[];
    }
  /** SQL text between chunks, from the `sql` tag */
  | Fragment;

/** A column of a table; its name is kept quoted, for it is written at each call. */
export interface ColumnReference {
  readonly kind: 'column';
  readonly table: TableReference;
  readonly name: string;
  readonly quoted: string;
}

/** The SQL that the `sql` tag wrote down: texts with an expression between each two. */
export interface Fragment {
  readonly kind: 'fragment';
  readonly texts: readonly string[];
  readonly chunks: readonly (Expression | TableReference | Identifier)[];
}

/** A name inside a fragment, quoted when written. */
export interface Identifier {
  readonly kind: 'identifier';
  readonly name: string;
}

/** A table in a statement: its name, and the alias by which its columns are named. */
export interface TableReference {
  readonly kind: 'table';
  readonly name: string;
  readonly alias: string | undefined;
  /** What a database knows the table by, to say in which attached file it stands; see `SchemaNames`. */
  readonly owner: object | undefined;
}

/** The name of the attached file in which a table stands; `undefined` for the main one. https://sqlite.org/lang_attach.html */
export type SchemaNames = (owner: object | undefined) => string | undefined;

export type BinaryOperator = '=' | '!=' | '<' | '<=' | '>' | '>=' | 'GLOB';

/** The functions that we call ourselves; users call any other by the `sql` tag. */
export type FunctionName = 'coalesce' | 'count' | 'json' | 'json_extract' | 'json_type' | 'nullif';

/** What `IN` looks in: values one by one, values or rows in one JSON text (no limit to their number), or the rows of a query. */
export type InList =
  | { readonly kind: 'values'; readonly values: readonly Expression[] }
  | { readonly kind: 'json'; readonly text: string }
  /** rows of so many values in one JSON text */
  | { readonly kind: 'jsonRows'; readonly text: string; readonly width: number }
  | { readonly kind: 'select'; readonly select: SelectStatement };

/** A term of ORDER BY. https://sqlite.org/lang_select.html#the_order_by_clause */
export interface OrderingTerm {
  readonly expression: Expression;
  readonly direction: 'ASC' | 'DESC';
  readonly nulls: 'FIRST' | 'LAST' | undefined;
  readonly collation: string | undefined;
}

/** `SELECT …`, as data. https://sqlite.org/lang_select.html */
export interface SelectStatement {
  readonly kind: 'select';
  readonly distinct: boolean;
  readonly columns: readonly SelectedColumn[];
  readonly from: TableReference | Subselect;
  readonly where: Expression | undefined;
  readonly orderBy: readonly OrderingTerm[];
  readonly limit: number | undefined;
  readonly offset: number | undefined;
}

/** `(SELECT …)` in FROM. */
export interface Subselect {
  readonly kind: 'subselect';
  readonly select: SelectStatement;
}

/** A result column and the name it goes by; without a name it goes by SQLite's. */
export interface SelectedColumn {
  readonly expression: Expression;
  readonly alias: string | undefined;
}

/** `INSERT INTO … VALUES (…)`, as data. https://sqlite.org/lang_insert.html */
export interface InsertStatement {
  readonly kind: 'insert';
  readonly into: TableReference;
  readonly columns: readonly string[];
  readonly values: readonly Expression[];
  /** The values of further rows. */
  readonly moreValues?: readonly (readonly Expression[])[] | undefined;
  readonly conflict?: ConflictClause | undefined;
  readonly returning: readonly SelectedColumn[];
}

/** `ON CONFLICT (…) DO …`: what becomes of a row that is there already. https://sqlite.org/lang_upsert.html */
export interface ConflictClause {
  /** The columns of the key by which it is the same row. */
  readonly target: readonly string[];
  /** The columns that take the value that was to be inserted, where one of these differs; none lets the row be as it is. */
  readonly update: readonly string[];
  /** Columns that take it along. */
  readonly along: readonly string[];
}

/** `UPDATE … SET …`, as data. https://sqlite.org/lang_update.html */
export interface UpdateStatement {
  readonly kind: 'update';
  readonly table: TableReference;
  readonly set: readonly Assignment[];
  readonly where: Expression | undefined;
  readonly returning: readonly SelectedColumn[];
}

/** `"column" = value` */
export interface Assignment {
  readonly column: string;
  readonly value: Expression;
}

/** `DELETE FROM …`, as data. https://sqlite.org/lang_delete.html */
export interface DeleteStatement {
  readonly kind: 'delete';
  readonly from: TableReference;
  readonly where: Expression | undefined;
  readonly returning: readonly SelectedColumn[];
}

export type Statement = SelectStatement | InsertStatement | UpdateStatement | DeleteStatement;
