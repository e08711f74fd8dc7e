import { QueryError } from '../errors/index.js';
import {
  everyRow,
  type BoundTable,
  type QueryState,
  type RelatedChange,
  type RelatedRows,
  type RowGraph,
  type StageOnTheWay,
} from '../query/index.js';
import type { ColumnSchema, ForeignKeySchema, TableSchema } from '../schema/index.js';
import type { Expression, Program } from '../sql/index.js';
import { areLedTo, relationCondition } from './condition.js';
import { columnsIn, isKey, keyOf } from './keys.js';
import { loadRelation } from './load.js';
import { awaited, ensureLoaded, forget, give, given } from './related.js';
import { relatedRows } from './related-rows.js';
import type { Fields, RelationRules, Step, SteppedRelation } from './relation.js';
import { stagesOf } from './stages.js';
import { leadsNowhere, noRows, whyUnsaved } from './unsaved.js';

/** What every relation is that leads to one table: it differs in its steps. */
export abstract class RelationBySteps implements SteppedRelation {
  readonly property: string;
  readonly owner: TableSchema;
  abstract readonly isMany: boolean;
  abstract readonly takesFirst: boolean;
  abstract readonly reference: readonly ColumnSchema[];
  readonly isLinked: boolean = false;
  #steps: readonly Step[] | undefined;

  constructor(owner: TableSchema, property: string) {
    this.owner = owner;
    this.property = property;
  }

  get name(): string {
    return `${this.owner.modelName}.${this.property}`;
  }

  /** Found only when they are asked for: while classes are defined, the other one may not be there yet. */
  get steps(): readonly Step[] {
    return (this.#steps ??= this.resolve());
  }

  get target(): TableSchema {
    return this.steps.at(-1)!.table;
  }

  get rules(): RelationRules | undefined {
    return undefined;
  }

  get foreignKey(): ForeignKeySchema | undefined {
    return undefined;
  }

  get ownTables(): readonly TableSchema[] {
    void this.steps; // one that does not fit is known at once
    return [];
  }

  /** Finds the tables and columns that it leads over. Throws `DefinitionError` where they do not fit together. */
  protected abstract resolve(): readonly Step[];

  load(table: BoundTable, owners: readonly object[], state: QueryState): Program<void> {
    return loadRelation(this, table, owners, state);
  }

  ensure(table: BoundTable, instance: object, state: QueryState): Program<void> {
    return ensureLoaded(this, table, instance, state);
  }

  condition(value: unknown): Expression {
    return relationCondition(this, value);
  }

  get from(): readonly ColumnSchema[] {
    return this.steps[0]!.from;
  }

  given(instance: object): unknown {
    return given(this, instance);
  }

  rows(): RelatedRows {
    return relatedRows(this);
  }

  way(): readonly StageOnTheWay[] {
    return stagesOf(this.owner, this.steps);
  }

  rowsOf(instance: object): QueryState {
    const unsaved = whyUnsaved(this, instance);
    if (unsaved !== undefined) return noRows(unsaved);
    const { from, to, referred } = this.steps[0]!;
    const key = keyOf(this, columnsIn(this.owner, from), instance);
    if (key === undefined) return noRows(() => leadsNowhere(this));
    const begin = (first: TableSchema) => isKey(columnsIn(first, to), referred, key);
    return { ...everyRow, where: [areLedTo(this.steps, this.target, begin)] };
  }

  fieldsFor(instance: object): Readonly<Fields> {
    void instance;
    throw new QueryError(
      `${this.name} makes no ${this.target.modelName} of its own.`,
      `Write ${this.target.modelName}.create({ … }).`,
    );
  }

  *change(_table: BoundTable, _instance: object, { verb }: RelatedChange): Program<unknown> {
    throw new QueryError(
      `${this.name} links no rows, so that there is nothing to ${verb}.`,
      'That is for relations by @manyToMany.',
    );
  }

  give(instance: object, value: unknown): void {
    give(this, instance, value);
  }

  awaits(instance: object): object | undefined {
    return awaited(this, instance);
  }

  connect(rows: RowGraph, owner: object, related: object): void {
    void [rows, owner, related];
    throw new QueryError(`${this.name} leads over other relations.`, 'Insert what it leads to by those.');
  }

  adopt(owner: object, related: object): void {
    void [owner, related];
  }

  forget(instance: object): void {
    forget(this, instance);
  }
}
