import { DefinitionError, QueryError } from '../errors/index.js';
import {
  checkSameDatabase,
  insertingGraph,
  type BoundTable,
  type QueryState,
  type Reference,
  type RelatedChange,
  type RelatedRows,
  type Relation,
  type RowGraph,
  type StageOnTheWay,
} from '../query/index.js';
import { toTable, type ColumnSchema, type ModelClass, type TableSchema } from '../schema/index.js';
import { and, binary, isNull, or, parameter, type Expression, type Program, type SqlValue } from '../sql/index.js';
import { checkIsSaid, isInstance, isOf, relationCondition } from './condition.js';
import { loadRelation } from './load.js';
import { OfModel } from './of-model.js';
import { awaited, ensureLoaded, forget, give, given, leadsTo } from './related.js';
import type { FieldRelation, Fields, Step } from './relation.js';
import { RelationBySteps } from './stepped-relation.js';
import { checkTypes, tableOf } from './table-of.js';
import { leadsNowhere, noRows, withoutKey } from './unsaved.js';

/** How a relation to one of several models was declared. */
export interface AnyRelationOptions {
  /** The models by what the type column holds for each. */
  readonly models: () => Readonly<Record<string, unknown>>;
  /** The field that says which model it is. */
  readonly type: string;
  /** The field that holds the primary key. */
  readonly key: string;
  readonly nullable: boolean;
}

/** A relation to one row of one of several tables: a column says which table, and another one which row. */
export class AnyRelation implements FieldRelation {
  readonly owner: TableSchema;
  readonly property: string;
  readonly isMany = false;
  readonly isLinked = false;
  readonly foreignKey = undefined;
  readonly reference: readonly [type: ColumnSchema, key: ColumnSchema];
  readonly #options: AnyRelationOptions;
  #branches: readonly Branch[] | undefined;

  constructor(owner: TableSchema, property: string, options: AnyRelationOptions) {
    this.owner = owner;
    this.property = property;
    this.#options = options;
    this.reference = [referenceColumn(this, options, 'type'), referenceColumn(this, options, 'key')];
    if (options.nullable === this.reference.some(({ nullable }) => nullable)) return;
    throw new DefinitionError(
      `${this.name} is ${options.nullable ? '' : 'not '}nullable, but its columns are otherwise: ${options.type}, ${options.key}.`,
      'Give both and the relation { nullable: true }, or none of them.',
    );
  }

  get name(): string {
    return `${this.owner.modelName}.${this.property}`;
  }

  get target(): TableSchema {
    throw new QueryError(
      `${this.name} leads to one of several models, and what is said here is about one.`,
      'Name the relation alone, or a condition by ofModel(Post, { … }).',
    );
  }

  get ownTables(): readonly TableSchema[] {
    void this.branches; // one that does not fit is known at once
    return [];
  }

  /** The relation to each of the models. */
  get branches(): readonly Branch[] {
    return (this.#branches ??= branchesOf(this, this.#options));
  }

  /** The step to the rows that refer by this relation to those of a table. */
  stepTo(table: TableSchema, inverse: string): Step {
    const branch = this.branches.find(({ target }) => target.covers(table));
    const [type, key] = this.reference;
    if (branch !== undefined) {
      const fixed = [{ column: type, value: branch.value }];
      return { from: table.primaryKey, table: this.owner, to: [key], referred: table.primaryKey, isMany: true, fixed };
    }
    throw new DefinitionError(
      `${inverse} goes by ${this.name}, which does not lead to ${table.modelName}.`,
      `Add the model to those of ${this.name}.`,
    );
  }

  refer(fields: Fields, value: unknown): 'known' | 'awaited' {
    if (value === null && this.#options.nullable) {
      for (const { property, nullable } of this.reference) if (nullable) fields[property] = null;
      return 'known';
    }
    const branch = isInstance(value) ? this.branches.find(({ target }) => isOf(target, value)) : undefined;
    if (branch === undefined) {
      throw new QueryError(
        `${this.name} cannot be ${value === null ? 'null' : 'this'}.`,
        `Assign an instance: ${this.#models}.`,
      );
    }
    checkSameDatabase(value as object, fields);
    const key = (value as Fields)[branch.target.primaryKey[0]!.property];
    if (key === undefined) {
      const rows = insertingGraph(value as object);
      if (rows === undefined) throw withoutKey(this);
      this.connect(rows, fields, value as object);
      return 'awaited';
    }
    const [typeColumn, keyColumn] = this.reference;
    fields[typeColumn.property] = branch.type;
    fields[keyColumn.property] = key;
    return 'known';
  }

  *load(table: BoundTable, owners: readonly object[], state: QueryState): Program<void> {
    const byBranch = new Map<Branch, object[]>(this.branches.map((branch) => [branch, []]));
    for (const owner of owners) {
      const branch = this.#branchOf(owner);
      if (awaited(this, owner) !== undefined) continue; // it is to lead elsewhere
      if (branch === undefined) give(this, owner, null);
      else byBranch.get(branch)!.push(owner);
    }
    for (const [branch, some] of byBranch) if (some.length > 0) yield* loadRelation(branch, table, some, state);
  }

  ensure(table: BoundTable, instance: object, state: QueryState): Program<void> {
    return ensureLoaded(this, table, instance, state);
  }

  condition(value: unknown): Expression {
    checkIsSaid(this, value);
    if (value === null) return or(this.reference.map(({ reference }) => isNull(reference)));
    if (value instanceof OfModel) return this.#branchTo(value.model[toTable]!()).is(value.where);
    if (isInstance(value)) return this.#branchTo((value.constructor as unknown as ModelClass)[toTable]!()).is(value);
    return or(this.branches.map((branch) => branch.is(value)));
  }

  at(instance: object): Relation {
    return this.#branchOf(instance) ?? this.branches[0]!;
  }

  get from(): readonly ColumnSchema[] {
    return this.reference;
  }

  given(instance: object): unknown {
    return given(this, instance);
  }

  rows(): RelatedRows {
    throw new QueryError(`${this.name} leads to rows of several models, which have no columns in common.`);
  }

  way(): readonly StageOnTheWay[] {
    return this.branches.flatMap((branch) => branch.way());
  }

  rowsOf(instance: object): QueryState {
    return this.at(instance).rowsOf(instance);
  }

  fieldsFor(instance: object): Readonly<Fields> {
    return this.at(instance).fieldsFor(instance);
  }

  change(table: BoundTable, instance: object, change: RelatedChange): Program<unknown> {
    return this.at(instance).change(table, instance, change);
  }

  give(instance: object, value: unknown): void {
    give(this, instance, value);
  }

  awaits(instance: object): object | undefined {
    return awaited(this, instance);
  }

  targetFor(owner: object, related: unknown): TableSchema {
    if (isInstance(related)) return this.#branchTo((related.constructor as unknown as ModelClass)[toTable]!()).target;
    const branch = this.#branchOf(owner);
    if (branch !== undefined) return branch.target;
    const [{ type, target }] = this.branches as readonly [Branch];
    throw new QueryError(
      `${this.name} leads to one of several models, and nothing says which.`,
      `Give it beside it, { ${this.#options.type}: '${type}', … }, or give an instance: ${target.modelName}.build({ … }).`,
    );
  }

  adopt(): void {
    // what it leads to does not know of it
  }

  connect(rows: RowGraph, owner: object, related: object): void {
    rows.refer(owner, related, this.referenceTo((related.constructor as ModelClass)[toTable]!()));
  }

  /** How its rows refer to those of one of the models. */
  referenceTo(table: TableSchema): Reference {
    return this.#branchTo(table).rowReference;
  }

  forget(instance: object): void {
    forget(this, instance);
  }

  get #models(): string {
    return this.branches.map(({ target }) => target.modelName).join(', ');
  }

  #branchTo(table: TableSchema): Branch {
    const branch = this.branches.find(({ target }) => target.covers(table));
    if (branch !== undefined) return branch;
    throw new QueryError(`${this.name} does not lead to ${table.modelName}.`, `It leads to one of ${this.#models}.`);
  }

  /** The relation to the model that the type of an instance names; none where that is null. */
  #branchOf(instance: object): Branch | undefined {
    const type = (instance as Fields)[this.#options.type];
    if (type === null || type === undefined) return undefined;
    const branch = this.branches.find((each) => each.type === type);
    if (branch !== undefined) return branch;
    throw new QueryError(
      `A ${this.owner.modelName} has a ${this.#options.type} for which ${this.name} names no model.`,
      `It names ${this.branches.map((each) => `"${each.type}"`).join(', ')}.`,
    );
  }
}

/** The relation to one of the models. */
class Branch extends RelationBySteps {
  readonly isMany = false;
  readonly takesFirst = false;
  readonly reference: readonly [type: ColumnSchema, key: ColumnSchema];
  /** What the type column holds for it: in JavaScript, and as it is stored. */
  readonly type: string;
  readonly value: SqlValue;
  /** How rows refer by it to those of its model. */
  readonly rowReference: Reference;
  readonly #table: TableSchema;

  constructor(relation: AnyRelation, type: string, value: SqlValue, table: TableSchema) {
    super(relation.owner, relation.property);
    this.reference = relation.reference;
    this.type = type;
    this.value = value;
    this.#table = table;
    this.rowReference = referenceOf(relation, type, table);
  }

  protected resolve(): readonly Step[] {
    const { primaryKey } = this.#table;
    const [, key] = this.reference;
    return [{ from: [key], table: this.#table, to: primaryKey, referred: primaryKey, isMany: false, fixed: [] }];
  }

  /** That it leads to this model, and to a row that meets a condition. */
  is(condition: unknown): Expression {
    return and([binary(this.reference[0].reference, '=', parameter(this.value)), relationCondition(this, condition)]);
  }

  override rowsOf(instance: object): QueryState {
    const [{ property }] = this.reference;
    return (instance as Fields)[property] === this.type ? super.rowsOf(instance) : noRows(() => leadsNowhere(this));
  }
}

function referenceOf(relation: AnyRelation, type: string, table: TableSchema): Reference {
  const [typeColumn, keyColumn] = relation.reference;
  return {
    name: relation.name,
    columns: [keyColumn],
    target: table.primaryKey,
    fixed: [[typeColumn.property, type]],
    isDeferrable: true, // there is no foreign key
    leads: (from, to) => leadsTo(relation, from, to),
    lead(from, to, isAwaited) {
      if (!isAwaited) (from as Fields)[typeColumn.property] = type;
      give(relation, from, to, isAwaited);
    },
  };
}

function branchesOf(relation: AnyRelation, { models }: AnyRelationOptions): Branch[] {
  const { name, owner, reference } = relation;
  const [typeColumn, keyColumn] = reference;
  const seen: TableSchema[] = [];
  return Object.entries(models()).map(([type, model]) => {
    const table = tableOf(relation, () => model);
    const [key, ...further] = table.primaryKey;
    if (further.length > 0) {
      throw new DefinitionError(
        `${name} goes by ${keyColumn.property}, but the primary key of ${table.modelName} has several columns.`,
        'Name models with a key of one column.',
      );
    }
    checkTypes(name, owner.field(keyColumn), keyColumn, table, key!);
    if (seen.some((other) => other.covers(table) || table.covers(other))) {
      throw new DefinitionError(`${name} names ${table.modelName} twice.`);
    }
    seen.push(table);
    return new Branch(relation, type, storedType(relation, typeColumn, type), table);
  });
}

function storedType({ name, owner }: AnyRelation, column: ColumnSchema, type: string): SqlValue {
  try {
    return column.type.encode(type);
  } catch {
    throw new DefinitionError(
      `${name} names a model "${type}", which ${owner.field(column)} cannot hold.`,
      `Let the column take it: it is ${column.type.expected}.`,
    );
  }
}

function referenceColumn(
  { name, owner }: AnyRelation,
  options: AnyRelationOptions,
  part: 'type' | 'key',
): ColumnSchema {
  const field = options[part];
  const column = owner.columnsByProperty.get(field);
  if (column !== undefined) return column;
  throw new DefinitionError(
    `${name} goes by "${field}", which is no column of ${owner.modelName}.`,
    part === 'type' ? `Declare it: @text() ${field}!: string.` : `Declare it: @integer() ${field}!: number.`,
  );
}
