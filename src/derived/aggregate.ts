import { DefinitionError } from '../errors/index.js';
import { Sql, type Expression } from '../sql/index.js';

declare const about: unique symbol;

/** What SQLite makes of several rows. https://sqlite.org/lang_aggfunc.html */
export type AggregateName = 'count' | 'sum' | 'min' | 'max' | 'avg';

/** What is made of the rows that a relation leads to. `Empty` is what it is of none: 0 or null. */
export class Aggregate<Owner, Empty extends 0 | null> {
  /** @internal */
  readonly name: AggregateName;
  /** @internal */
  readonly relation: string;
  /** The field of those rows, or SQL with the names of their columns; `undefined` for the rows themselves. @internal */
  readonly of: string | Sql | undefined;
  /** Which of the rows count; all of them unless given. @internal */
  readonly where: unknown;
  /** Only for the compiler: the fields that a class and those rows have to have. */
  declare readonly [about]: (owner: Owner) => Empty;

  /** @internal */
  constructor(name: AggregateName, relation: string, of: string | Sql | undefined, where: unknown) {
    if (name !== 'count' && typeof of !== 'string' && !(of instanceof Sql)) {
      throw new DefinitionError(
        `${name} is of a field's name, or of SQL.`,
        "Write sumOf('lines', sql`price * quantity`).",
      );
    }
    this.name = name;
    this.relation = relation;
    this.of = of;
    this.where = where;
  }

  /** Whether it is null of no rows, and not 0. @internal */
  get isNullable(): boolean {
    return this.name !== 'count' && this.name !== 'sum';
  }

  /** The call of SQLite's function. @internal */
  callOf(operand: Expression | undefined): Expression {
    if (operand === undefined) return { kind: 'call', name: 'count', operands: [] };
    const [before, after] = this.name === 'sum' ? ['coalesce(sum(', '), 0)'] : [`${this.name}(`, ')'];
    return { kind: 'fragment', texts: [before, after], chunks: [operand] };
  }
}

/** What a class has to have whose relation leads to rows with certain fields. */
export type OwnerOf<Relation extends string, Field extends string> = {
  // where no field is named, TypeScript infers `string`
  readonly [Name in Relation]: readonly {
    readonly [Property in Field as string extends Property ? never : Property]: unknown;
  }[];
};

/** Conditions on the related rows, whose fields the compiler compares by name. */
export type RowConditions<Field extends string> = { readonly [Name in Field]: unknown };

/**
 * How many rows a relation leads to, or how many of them meet conditions.
 *
 *     @derived(countOf('posts'), integer()) readonly postCount!: number;
 *     @derived(countOf('posts', { status: 'draft' }), integer()) readonly drafts!: number;
 */
export const countOf = <const Relation extends string, const Field extends string = never>(
  relation: Relation,
  where?: RowConditions<Field>,
): Aggregate<OwnerOf<Relation, Field>, 0> => new Aggregate('count', relation, undefined, where);

/**
 * The sum of a field, or of SQL with the names of columns, over the rows that a relation leads to; 0 where there are none.
 *
 *     @derived(sumOf('lines', sql`price * quantity`), integer()) readonly total!: number;
 */
export const sumOf = <
  const Relation extends string,
  const Field extends string = never,
  const Condition extends string = never,
>(
  relation: Relation,
  of: Field | Sql,
  where?: RowConditions<Condition>,
): Aggregate<OwnerOf<Relation, Field | Condition>, 0> => new Aggregate('sum', relation, of, where);

/**
 * The least value of a field, or of SQL, among the rows that a relation leads to; null where there are none.
 *
 *     @derived(minOf('visits', 'date'), date({ nullable: true })) readonly firstVisit!: Date | null;
 */
export const minOf = <
  const Relation extends string,
  const Field extends string = never,
  const Condition extends string = never,
>(
  relation: Relation,
  of: Field | Sql,
  where?: RowConditions<Condition>,
): Aggregate<OwnerOf<Relation, Field | Condition>, null> => new Aggregate('min', relation, of, where);

/**
 * The greatest value of a field, or of SQL, among the rows that a relation leads to; null where there are none.
 *
 *     @derived(maxOf('bids', 'price'), integer({ nullable: true })) readonly highest!: number | null;
 */
export const maxOf = <
  const Relation extends string,
  const Field extends string = never,
  const Condition extends string = never,
>(
  relation: Relation,
  of: Field | Sql,
  where?: RowConditions<Condition>,
): Aggregate<OwnerOf<Relation, Field | Condition>, null> => new Aggregate('max', relation, of, where);

/**
 * The mean of a field, or of SQL, over the rows that a relation leads to; null where there are none.
 *
 *     @derived(averageOf('reviews', 'stars'), real({ nullable: true })) readonly rating!: number | null;
 */
export const averageOf = <
  const Relation extends string,
  const Field extends string = never,
  const Condition extends string = never,
>(
  relation: Relation,
  of: Field | Sql,
  where?: RowConditions<Condition>,
): Aggregate<OwnerOf<Relation, Field | Condition>, null> => new Aggregate('avg', relation, of, where);
