import { QueryError, ReadOnlyFieldError } from '../errors/index.js';
import {
  type BoundTable,
  columnParameter,
  decoder,
  deleteWhere,
  encodeNewRow,
  encodeValue,
  isAmong,
  noScopes,
  returningColumns,
  scopeConditions,
  selectAll,
} from '../query/index.js';
import type { ColumnSchema, TableSchema } from '../schema/index.js';
import {
  all,
  and,
  isNull,
  run,
  type ConflictClause,
  type Expression,
  type Program,
  type SqlValue,
} from '../sql/index.js';
import { columnsIn, comparable, fieldsOfStep, identity, isKey, keyOf, type Key } from './keys.js';
import type { Fields, Step, SteppedRelation } from './relation.js';

/** A link that is there: the key of its target, and whether it holds what is wanted of it. */
export interface Link {
  readonly key: Key;
  readonly isAsWanted: boolean;
}

/** The most parameters that a statement can have, with some to spare. https://sqlite.org/limits.html#max_variable_number */
const mostParameters = 30_000;

/** The rows that link one instance with others. */
export class Links {
  readonly #table: BoundTable;
  /** The step to the table of links, and the one from there to the targets. */
  readonly #steps: readonly [Step, Step];
  readonly #ownerFields: Fields;
  readonly #pivot: readonly (readonly [ColumnSchema, SqlValue])[];
  readonly #isOwners: readonly Expression[];

  constructor(relation: SteppedRelation, table: BoundTable, instance: object, pivot: Fields) {
    const [first, last] = relation.steps as readonly [Step, Step];
    const { schema } = table;
    this.#table = table;
    this.#steps = [first, last];
    this.#pivot = encodePivot(relation, schema, pivot);
    this.#ownerFields = fieldsOfStep(relation.owner, first, instance);
    const key = keyOf(relation, columnsIn(relation.owner, first.from), instance)!;
    this.#isOwners = [...isKey(columnsIn(schema, first.to), first.referred, key), ...scopeConditions(schema, noScopes)];
  }

  /** Whether SQLite itself refuses a second link of the same two rows. */
  get isUnique(): boolean {
    const { primaryKey, options } = this.#table.schema;
    const wanted = this.#keyColumns.map(({ reference }): Expression => reference);
    const ofIndexes = options.indexes.filter(({ unique, where }) => unique && where === undefined);
    const keys = [primaryKey.map(({ reference }) => reference), ...ofIndexes.map(({ terms }) => terms)];
    return keys.some((key) => key.length === wanted.length && key.every((term) => wanted.includes(term)));
  }

  /** How many links one statement inserts. */
  get mostRows(): number {
    return Math.floor(mostParameters / this.#table.schema.columns.length);
  }

  /** The columns that say which rows a link is of, each once. */
  get #keyColumns(): ColumnSchema[] {
    const [first, last] = this.#steps;
    return columnsIn(this.#table.schema, [...new Set([...first.to, ...last.from])]);
  }

  get #targetColumns(): ColumnSchema[] {
    return columnsIn(this.#table.schema, this.#steps[1].from);
  }

  /** The links that there are, to any of these keys or to all, by target. */
  *read(keys?: readonly Key[]): Program<Map<unknown, Link>> {
    const { schema } = this.#table;
    const columns = this.#targetColumns;
    const wanted = [...columns, ...this.#pivot.map(([column]) => column)];
    const { statement, parameters } = this.#table.compile(
      {
        ...selectAll(schema),
        columns: wanted.map(({ reference }) => ({ expression: reference, alias: undefined })),
        where: this.#where(keys),
      },
      schema.bigints,
    );
    const rows = (yield* all({ ...statement, reads: false }, parameters)) as SqlValue[][]; // where they are about to be written
    const links = new Map<unknown, Link>();
    for (const row of rows) {
      const key = row.slice(0, columns.length);
      const held = row.slice(columns.length);
      const id = this.#id(key);
      const isSame = this.#pivot.every(([, value], at) => comparable(value) === comparable(held[at]!));
      links.set(id, { key, isAsWanted: isSame && links.get(id)?.isAsWanted !== false }); // it may be there twice
    }
    return links;
  }

  /** Inserts links to these targets; `unlessThere` leaves those that are there, or gives them the columns that are wanted. */
  *insert(keys: readonly Key[], unlessThere = false): Program<number> {
    const { schema } = this.#table;
    const rows = keys.map((key) => encodeNewRow(schema, this.#fieldsOf(key)));
    const omitted = rows[0]!.omitted;
    const columns = schema.columns.filter((column) => !omitted.includes(column));
    const [values, ...moreValues] = rows.map(({ row }) =>
      columns.map((column) => columnParameter(column, row[column.position] as SqlValue)),
    );
    const { statement, parameters } = this.#table.compile({
      kind: 'insert',
      into: schema.reference,
      columns: columns.map(({ name }) => name),
      values: values!,
      moreValues,
      conflict: unlessThere || this.#comeBack.length > 0 ? this.#conflict : undefined,
      returning: [],
    });
    const { changes } = yield* run(statement, parameters);
    return changes;
  }

  /** Gives links to these targets the columns that are wanted. */
  *update(keys: readonly Key[]): Program<number> {
    const { schema } = this.#table;
    const renewed = this.#renewed.map((column) => {
      const value = encodeValue(schema.field(column), column, column.onUpdate!());
      return [column, value] as const;
    });
    const { statement, parameters } = this.#table.compile({
      kind: 'update',
      table: schema.reference,
      set: [...this.#pivot, ...renewed].map(([column, value]) => ({
        column: column.name,
        value: columnParameter(column, value),
      })),
      where: this.#where(keys),
      returning: [],
    });
    const { changes } = yield* run(statement, parameters);
    return changes;
  }

  /** Deletes links to these targets, or all; returns the keys of those that were there. */
  *delete(keys?: readonly Key[]): Program<Map<unknown, Key>> {
    const returning = returningColumns(this.#targetColumns);
    const { rows } = yield* deleteWhere(this.#table, this.#where(keys), returning, this.#table.schema.bigints);
    return new Map(rows.map((key) => [this.#id(key), key]));
  }

  #where(keys: readonly Key[] | undefined): Expression {
    if (keys === undefined) {
      const nullable = this.#targetColumns.filter((column) => column.nullable);
      return and([...this.#isOwners, ...nullable.map(({ reference }) => isNull(reference, true))]); // those that link nobody stay
    }
    return and([...this.#isOwners, isAmong(this.#targetColumns, this.#steps[1].referred, keys)]);
  }

  #id(key: Key): unknown {
    return identity(key, this.#steps[1].referred);
  }

  get #conflict(): ConflictClause {
    const update = [...this.#pivot.map(([{ name }]) => name), ...this.#comeBack.map(({ name }) => name)];
    return {
      target: this.#keyColumns.map(({ name }) => name),
      update,
      along: update.length === 0 ? [] : this.#renewed.map(({ name }) => name),
    };
  }

  /** The column by which a link that was deleted is still there with the same key, and comes back when it is made anew. */
  get #comeBack(): ColumnSchema[] {
    const { deletion, primaryKey } = this.#table.schema;
    const isOfKey = primaryKey.every((column) => this.#keyColumns.includes(column));
    return deletion === undefined || !isOfKey ? [] : [deletion.column];
  }

  /** The columns that an update of others makes anew. */
  get #renewed(): ColumnSchema[] {
    const given = this.#pivot.map(([column]) => column);
    return this.#table.schema.columns.filter((column) => column.onUpdate !== undefined && !given.includes(column));
  }

  #fieldsOf(key: Key): Fields {
    const { schema } = this.#table;
    const fields: Fields = { ...this.#ownerFields };
    for (const [column, value] of this.#pivot) fields[column.property] = decoded(column, value);
    for (const [at, column] of this.#targetColumns.entries()) {
      const value = decoded(column, key[at]!);
      const others = fields[column.property];
      if (others !== undefined && others !== value) {
        throw new QueryError(
          `A link of ${schema.modelName} has one ${column.property} for both of its rows, which here have two.`,
          'Link rows that have the same.',
        );
      }
      fields[column.property] = value;
    }
    return fields;
  }
}

const decoded = (column: ColumnSchema, value: SqlValue): unknown =>
  value === null ? null : decoder(column, true)(value);

/** What links are to hold besides, as it is stored. */
function encodePivot({ name }: SteppedRelation, schema: TableSchema, pivot: Fields): [ColumnSchema, SqlValue][] {
  const keyColumns = [...schema.relations.values()].flatMap(({ foreignKey }) => foreignKey?.columns ?? []);
  return Object.entries(pivot)
    .filter(([, value]) => value !== undefined)
    .map(([field, value]) => {
      const column = schema.column(field);
      if (keyColumns.includes(column)) {
        throw new QueryError(`${name} says itself what ${schema.field(column)} is.`, 'Leave it out.');
      }
      if (column.readOnly !== 'never') throw new ReadOnlyFieldError(schema.field(column), 'a link is written with it');
      return [column, encodeValue(schema.field(column), column, value)];
    });
}
