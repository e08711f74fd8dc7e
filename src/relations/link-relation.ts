import { DefinitionError } from '../errors/index.js';
import type { BoundTable, RelatedChange, RowGraph } from '../query/index.js';
import type { ColumnSchema, TableSchema } from '../schema/index.js';
import type { Program } from '../sql/index.js';
import { changeLinks } from './change-links.js';
import { rowReference } from './connect.js';
import { defaultColumns, joinTable } from './join-table.js';
import { KeyRelation } from './key-relation.js';
import type { Fields, LinkedRelation, ModelThunk, RelationRules, Step } from './relation.js';
import { RelationBySteps } from './stepped-relation.js';
import { tableOf } from './table-of.js';
import { checkSaved } from './unsaved.js';

/** How a many-to-many relation was declared. */
export interface LinkRelationOptions {
  readonly model: ModelThunk<unknown>;
  /** The join model; without one, the join table is implied. */
  readonly through: ModelThunk<unknown> | undefined;
  /** The name of the implied join table. */
  readonly table: string | undefined;
  /** What refers to the owner: columns of the implied table, or the field of a `belongsTo` of the join model. */
  readonly from: readonly string[] | undefined;
  /** The same for the target. */
  readonly to: readonly string[] | undefined;
  readonly rules: RelationRules | undefined;
}

const noColumns: readonly ColumnSchema[] = [];

/** A relation of two tables whose rows are linked by those of a third one. */
export class LinkRelation extends RelationBySteps implements LinkedRelation {
  readonly isMany = true;
  readonly takesFirst = false;
  readonly reference = noColumns;
  override readonly isLinked = true;
  readonly #options: LinkRelationOptions;

  constructor(owner: TableSchema, property: string, options: LinkRelationOptions) {
    super(owner, property);
    this.#options = options;
  }

  override get rules(): RelationRules | undefined {
    return this.#options.rules;
  }

  override get ownTables(): readonly TableSchema[] {
    const [{ table }] = this.steps as readonly [Step];
    return this.#options.through === undefined ? [table] : [];
  }

  protected resolve(): readonly Step[] {
    const [source, destination] = this.sides;
    const { from, to } = source.step;
    return [
      { from: to, table: source.owner, to: from, referred: to, isMany: true, fixed: [] },
      { ...destination.step, table: tableOf(this, this.#options.model) },
    ];
  }

  /** How the table between refers to the owner and to the target. */
  get sides(): readonly [KeyRelation, KeyRelation] {
    const target = tableOf(this, this.#options.model);
    return this.#options.through === undefined ? this.#implied(target) : this.#declared(target, this.#options.through);
  }

  #implied(target: TableSchema): readonly [KeyRelation, KeyRelation] {
    const { table, from, to } = this.#options;
    const join = joinTable(
      this.name,
      table,
      { table: this.owner, columns: from ?? defaultColumns(this.owner) },
      { table: target, columns: to ?? defaultColumns(target) },
    );
    const [source, destination] = join.relations.map((name) => join.table.relations.get(name) as KeyRelation);
    return [source!, destination!];
  }

  #declared(target: TableSchema, through: ModelThunk<unknown>): readonly [KeyRelation, KeyRelation] {
    const join = tableOf(this, through);
    const { from, to } = this.#options;
    const named = to === undefined ? undefined : referenceOf(this, join, target, 'to', to[0]);
    const source = referenceOf(this, join, this.owner, 'from', from?.[0], named);
    return [source, named ?? referenceOf(this, join, target, 'to', undefined, source)];
  }

  override connect(rows: RowGraph, owner: object, related: object): void {
    const [source, destination] = this.sides;
    if (!isFirst(rows, source, destination, owner, related)) return;
    const link = newRow(source.owner);
    rows.include(link, source.owner);
    rows.refer(link, owner, rowReference(source));
    rows.refer(link, related, rowReference(destination));
  }

  override fieldsFor(instance: object): Readonly<Fields> {
    checkSaved(this, instance);
    return {};
  }

  override change(table: BoundTable, instance: object, change: RelatedChange): Program<unknown> {
    checkSaved(this, instance);
    return changeLinks(this, table, instance, change);
  }
}

/** The rows that were linked, by what they are written with, the table between, and one of both. */
const linked = new WeakMap<RowGraph, Map<string, Map<object, Set<object>>>>();

/** Notes a link, and says whether it is the first of these rows: whoever says the same from the other end means the same one. */
function isFirst(
  rows: RowGraph,
  source: KeyRelation,
  destination: KeyRelation,
  owner: object,
  related: object,
): boolean {
  const isTurned = source.property > destination.property;
  const [name, from, to] = isTurned
    ? [`${destination.name} ${source.name}`, related, owner]
    : [`${source.name} ${destination.name}`, owner, related];
  const all = linked.get(rows) ?? new Map<string, Map<object, Set<object>>>();
  linked.set(rows, all);
  const byRow = all.get(name) ?? new Map<object, Set<object>>();
  all.set(name, byRow);
  const others = byRow.get(from);
  if (others === undefined) byRow.set(from, new Set([to]));
  else if (others.has(to)) return false;
  else others.add(to);
  return true;
}

/** A row that is to be inserted: an instance of the join model, or a plain object where the table is implied. */
function newRow({ options: { model } }: TableSchema): object {
  return model === undefined ? {} : new (model as unknown as new () => object)();
}

/** The `belongsTo` by which a join model refers to a table: the one that is named, or the only one that there is. */
function referenceOf(
  { name }: LinkRelation,
  join: TableSchema,
  target: TableSchema,
  option: 'from' | 'to',
  given: string | undefined,
  taken?: KeyRelation,
): KeyRelation {
  const leading = [...join.relations.values()].filter(
    (each): each is KeyRelation =>
      each instanceof KeyRelation && each.refers && each !== taken && each.target.covers(target),
  );
  const found = given === undefined ? leading : leading.filter(({ property }) => property === given);
  if (found.length === 1) return found[0]!;
  if (found.length > 1) {
    const fields = found.map(({ property }) => `'${property}'`);
    throw new DefinitionError(
      `${name} goes through ${join.modelName}, which refers to ${target.modelName} by ${fields.join(' and ')}.`,
      `Say which is meant: { ${option}: ${fields[0]!} }.`,
    );
  }
  throw new DefinitionError(
    given === undefined
      ? `${name} goes through ${join.modelName}, which does not refer to ${target.modelName}.`
      : `${name} goes through ${join.modelName}.${given}, which is no @belongsTo of ${target.modelName}.`,
    `Declare it in ${join.modelName}: @belongsTo(() => ${target.modelName}, …).`,
  );
}
