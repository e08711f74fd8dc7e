import { DefinitionError } from '../errors/index.js';
import {
  compileWhere,
  noScopes,
  scopeConditions,
  underAlias,
  type Relation,
  type StageOnTheWay,
} from '../query/index.js';
import type {
  ColumnSchema,
  Derivation,
  DerivationSchema,
  DerivationSource,
  TableSchema,
  TriggerSchema,
} from '../schema/index.js';
import { and, binary, compileDdl, or, Sql, type Expression, type Statement } from '../sql/index.js';
import type { Aggregate } from './aggregate.js';
import { checkTypes } from './check-types.js';
import { checkOnlyNames, mentioned } from './mentioned.js';

/** The declaration of a column that holds what is made of related rows. */
export const derivationOf = (aggregate: Aggregate<never, 0 | null>): Derivation => ({
  relation: aggregate.relation,
  define: (owner, column) => new AggregateDerivation(owner, column, aggregate),
});

/** A column that triggers keep equal to an aggregate of the rows that a relation leads to. */
class AggregateDerivation implements DerivationSchema {
  readonly owner: TableSchema;
  readonly field: string;
  readonly #column: ColumnSchema;
  readonly #aggregate: Aggregate<never, 0 | null>;
  #watched: readonly Watched[] | undefined;
  #value: Expression | undefined;

  constructor(owner: TableSchema, column: ColumnSchema, aggregate: Aggregate<never, 0 | null>) {
    this.owner = owner;
    this.field = owner.field(column);
    this.#column = column;
    this.#aggregate = aggregate;
  }

  get sources(): readonly DerivationSource[] {
    return this.#stages;
  }

  get #stages(): readonly Watched[] {
    return (this.#watched ??= this.#watch());
  }

  get fill(): Statement {
    return this.#update([this.#differs]);
  }

  get triggers(): readonly TriggerSchema[] {
    this.#checkCircle();
    const { owner } = this;
    const names = new Set<string>();
    const trigger = (
      { table, columns }: DerivationSource,
      event: TriggerSchema['event'],
      from: string,
      where: Expression[],
    ): TriggerSchema => ({
      name: freeName(`${owner.name}_${this.#column.name}_${from}_${event}`, names),
      table,
      event,
      columns: event === 'update' ? columns : [],
      statement: this.#update(where),
    });
    const own: DerivationSource = { table: owner, columns: this.#relation.from };
    const itself = [isRow(owner, underAlias(owner, 'NEW')), this.#differs];
    return [
      ...this.#stages.flatMap((source) => {
        const [before, after] = ['OLD', 'NEW'].map((alias) => source.owners(underAlias(source.table, alias)));
        const from = source.table.name;
        return [
          trigger(source, 'insert', from, [after!]),
          trigger(source, 'update', from, [or([before!, after!])]),
          trigger(source, 'delete', from, [before!]),
        ];
      }),
      // a row may come, or get a key, to which others refer already
      trigger(own, 'insert', 'own', itself),
      trigger(own, 'update', 'own', itself),
    ];
  }

  get #relation(): Relation {
    const { relation: name } = this.#aggregate;
    const relation = this.owner.relations.get(name) as Relation | undefined; // the features that make them make them so
    if (relation?.isMany === true) return relation;
    throw new DefinitionError(
      relation === undefined
        ? `${this.field} is derived from "${name}", which is no relation of ${this.owner.modelName}.`
        : `${this.field} is derived from ${name}, which leads to one row at most.`,
      'Name a relation to many: @hasMany, @manyToMany or @hasManyThrough.',
    );
  }

  /** The tables on the way of the relation, with all columns that matter. */
  #watch(): Watched[] {
    const stages = this.#relation.way();
    return stages.map((stage, at) => {
      const { table, columns } = stage;
      checkName(this.field, table);
      const parts = [...scopeConditions(table, noScopes), ...(at === stages.length - 1 ? this.#partsIn(table) : [])];
      const found = [...columns, ...mentioned(this.field, table, parts)];
      const isComputed = found.some(({ generated }) => generated !== undefined); // which no update names
      const watched = table.stored.filter(
        (column) =>
          found.some(({ name }) => name === column.name) ||
          (isComputed && column.generated === undefined && column.derived === undefined),
      );
      return { ...stage, columns: watched };
    });
  }

  /** What is said of the related rows: what is aggregated, and the conditions. */
  #partsIn(table: TableSchema): Expression[] {
    const operand = this.#operandIn(table);
    const parts = operand === undefined ? this.#conditionsIn(table) : [operand, ...this.#conditionsIn(table)];
    const onTheWay = this.#relation.way().slice(0, -1);
    const others = new Set([this.owner, ...onTheWay.map((stage) => stage.table)]);
    for (const part of parts) checkOnlyNames(this.field, table, others, part);
    return parts;
  }

  #operandIn(table: TableSchema): Expression | undefined {
    const { of } = this.#aggregate;
    if (of === undefined) return undefined;
    return of instanceof Sql ? textOf(of) : table.column(of).reference;
  }

  #conditionsIn(table: TableSchema): Expression[] {
    const { where } = this.#aggregate;
    if (where === undefined) return [];
    const condition = compileWhere(table, where);
    if (condition === undefined) return [];
    return [
      condition.kind === 'fragment' ? { kind: 'fragment', texts: [compileDdl(condition)], chunks: [] } : condition,
    ];
  }

  /** `(SELECT sum(…) FROM … WHERE …)`: the value as it has to be. */
  get #expected(): Expression {
    return (this.#value ??= this.#aggregateOfRows());
  }

  #aggregateOfRows(): Expression {
    checkName(this.field, this.owner);
    const { table, select } = this.#relation.rows();
    checkTypes(this.owner, this.#column, table, this.#aggregate);
    const expression = this.#aggregate.callOf(this.#operandIn(table));
    const where = and([...(select.where === undefined ? [] : [select.where]), ...this.#conditionsIn(table)]);
    return { kind: 'subquery', select: { ...select, columns: [{ expression, alias: undefined }], where } };
  }

  get #differs(): Expression {
    return { kind: 'fragment', texts: ['', ' IS NOT ', ''], chunks: [this.#column.reference, this.#expected] };
  }

  #update(where: readonly Expression[]): Statement {
    const set = [{ column: this.#column.name, value: this.#expected }];
    return { kind: 'update', table: this.owner.reference, set, where: and(where), returning: [] };
  }

  /** Refuses a column that would follow from itself: each change would lead to another one. */
  #checkCircle(): void {
    const seen = new Set<string>();
    const key = (table: TableSchema, column: ColumnSchema) => `${table.name} ${column.name}`;
    const visit = ({ sources }: DerivationSchema): void => {
      for (const { table, columns } of sources) {
        for (const column of columns) {
          const id = key(table, column);
          if (id === key(this.owner, this.#column)) throw followsFromItself(this.field);
          if (column.derived === undefined || seen.has(id)) continue;
          seen.add(id);
          visit((column.derived as Derivation).define(table.whole, column));
        }
      }
    };
    visit(this);
  }
}

/** A table whose rows a column follows from. */
type Watched = StageOnTheWay & DerivationSource;

const textOf = ({ fragment }: Sql): Expression => ({ kind: 'fragment', texts: [compileDdl(fragment)], chunks: [] });

const isRow = ({ primaryKey }: TableSchema, row: TableSchema): Expression =>
  and(primaryKey.map(({ reference, property }) => binary(reference, '=', row.column(property).reference)));

/** A name that no other trigger of the column has, where a relation comes by one table twice. */
function freeName(name: string, taken: Set<string>): string {
  let free = name;
  for (let number = 2; taken.has(free.toLowerCase()); number++) free = `${name}_${number}`;
  taken.add(free.toLowerCase());
  return free;
}

/** In a trigger these two are the row that was written. */
function checkName(field: string, { name, modelName }: TableSchema): void {
  if (!/^(new|old)$/i.test(name)) return;
  throw new DefinitionError(
    `${field} is kept by triggers, in which the table "${name}" of ${modelName} would be taken for the row that was written.`,
    'Call the table otherwise.',
  );
}

const followsFromItself = (field: string): DefinitionError =>
  new DefinitionError(
    `${field} is derived from itself, by way of others or at once.`,
    'Let it follow from columns that are not derived from it.',
  );
