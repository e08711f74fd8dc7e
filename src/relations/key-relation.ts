import { DefinitionError, QueryError } from '../errors/index.js';
import { checkSameDatabase, insertingGraph, type RowGraph } from '../query/index.js';
import type { ColumnSchema, ForeignKeyAction, ForeignKeySchema, TableSchema } from '../schema/index.js';
import { AnyRelation } from './any-relation.js';
import { isInstance, isOf } from './condition.js';
import { connect, rowReference, type ForeignKeyRelation } from './connect.js';
import { fieldsOfStep } from './keys.js';
import type { Fields, ModelThunk, RelationRules, Step } from './relation.js';
import { RelationBySteps } from './stepped-relation.js';
import { checkTypes, tableOf } from './table-of.js';
import { checkSaved, withoutKey } from './unsaved.js';

/** How a relation by a foreign key was declared. */
export interface KeyRelationOptions {
  /** `belongsTo`: what its decorator is called. */
  readonly kind: 'belongsTo' | 'hasOne' | 'hasMany';
  readonly model: ModelThunk<unknown>;
  /** The fields of the foreign key, which is in the owner's table for belongsTo and in the target's for others. */
  readonly key: readonly string[];
  readonly nullable: boolean;
  /** `undefined` where there is none. */
  readonly constraint: ForeignKeyRules | undefined;
  readonly rules?: RelationRules | undefined;
}

/** What is said of a foreign key besides its columns. */
export type ForeignKeyRules = Pick<ForeignKeySchema, 'onDelete' | 'onUpdate' | 'deferrable'>;

/** A relation of two tables of which one refers to the primary key of the other. */
export class KeyRelation extends RelationBySteps implements ForeignKeyRelation {
  readonly isMany: boolean;
  readonly takesFirst: boolean;
  readonly reference: readonly ColumnSchema[];
  readonly options: KeyRelationOptions;

  constructor(owner: TableSchema, property: string, options: KeyRelationOptions) {
    super(owner, property);
    this.options = options;
    this.isMany = options.kind === 'hasMany';
    this.takesFirst = options.kind === 'hasOne';
    if (this.refers) checkKey(this, owner, options);
    this.reference = this.refers ? options.key.map((field) => owner.column(field)) : [];
  }

  /** Whether the owner has the foreign key. */
  get refers(): boolean {
    return this.options.kind === 'belongsTo';
  }

  get isDeferrable(): boolean {
    return this.options.constraint?.deferrable ?? true;
  }

  override get rules(): RelationRules | undefined {
    return this.options.rules;
  }

  /** Its only step. */
  get step(): Step {
    return this.steps[0]!;
  }

  override get foreignKey(): ForeignKeySchema | undefined {
    const { constraint } = this.options;
    if (!this.refers || constraint === undefined) return undefined;
    const { from, to } = this.step;
    return { columns: from, target: this.target, targetColumns: to, ...constraint };
  }

  protected resolve(): readonly Step[] {
    return [stepOf(this, tableOf(this, this.options.model))];
  }

  refer(fields: Fields, value: unknown): 'known' | 'awaited' {
    if (!this.refers) return 'known';
    const { name, options, step } = this;
    if (value === undefined || (value === null && !options.nullable)) {
      throw new QueryError(`${name} cannot be ${String(value)}.`, 'Assign an instance.');
    }
    if (value !== null && !(isInstance(value) && isOf(this.target, value))) {
      throw new QueryError(
        `${name} was assigned something that is no ${this.target.modelName}.`,
        'Assign an instance.',
      );
    }
    if (value !== null) checkSameDatabase(value, fields);
    const key = step.to.map(({ property }) => (value === null ? null : value[property]));
    if (key.includes(undefined)) {
      const rows = insertingGraph(value as object);
      if (rows !== undefined) {
        this.connect(rows, fields, value as object);
        return 'awaited';
      }
      throw withoutKey(this);
    }
    for (const [at, column] of step.from.entries()) {
      if (value !== null || column.nullable) fields[column.property] = key[at];
    }
    return 'known';
  }

  override adopt(owner: object, related: object): void {
    if (!this.refers) rowReference(this).lead(related, owner, false);
  }

  override connect(rows: RowGraph, owner: object, related: object): void {
    connect(this, rows, owner, related);
  }

  override fieldsFor(instance: object): Readonly<Fields> {
    if (this.refers) return super.fieldsFor(instance);
    checkSaved(this, instance);
    return fieldsOfStep(this.owner, this.step, instance);
  }
}

/** Refuses a foreign key that is not made of fields, or may be NULL where its relation may not. */
function checkKey({ name }: KeyRelation, owner: TableSchema, { key, nullable }: KeyRelationOptions): void {
  for (const field of key) {
    const column = owner.columnsByProperty.get(field);
    if (column === undefined) {
      throw new DefinitionError(
        `${name} belongs to another model by "${field}", which is no column of ${owner.modelName}.`,
        `Declare it: @integer() ${field}!: number.`,
      );
    }
    if (column.nullable && !nullable) {
      throw new DefinitionError(
        `${name} is not nullable, but the column ${field} that it goes by is.`,
        `Declare @belongsTo(…, '${field}', { nullable: true }) and a field of type … | null.`,
      );
    }
  }
  if (nullable && !key.some((field) => owner.column(field).nullable)) {
    throw new DefinitionError(
      `${name} is nullable, but no column that it goes by is: ${key.join(', ')}.`,
      `Declare the column with { nullable: true }, or the relation without.`,
    );
  }
}

function stepOf({ name, owner, refers, options }: KeyRelation, target: TableSchema): Step {
  const [from, to] = refers ? [owner, target] : [target, owner];
  const { key } = options;
  const inverse = refers || key.length > 1 ? undefined : from.relations.get(key[0]!);
  if (inverse instanceof AnyRelation) return inverse.stepTo(owner, name);
  const foreign = key.map((field) => {
    const column = from.columnsByProperty.get(field);
    if (column !== undefined) return column;
    throw new DefinitionError(
      `${name} goes by "${field}", which is no column of ${from.modelName}.`,
      `Name the field of ${from.modelName} that holds the primary key of ${to.modelName}.`,
    );
  });
  const primary = to.primaryKey;
  if (foreign.length !== primary.length) {
    throw new DefinitionError(
      `${name} goes by ${key.join(', ')}, but the primary key of ${to.modelName} is ` +
        `${primary.map(({ property }) => property).join(', ')}.`,
      'Name as many fields, in the same order.',
    );
  }
  for (const [index, column] of foreign.entries()) checkTypes(name, from.field(column), column, to, primary[index]!);
  const [columns, others] = refers ? [foreign, primary] : [primary, foreign];
  return { from: columns, table: target, to: others, referred: primary, isMany: !refers, fixed: [] };
}

const actions: readonly ForeignKeyAction[] = ['no action', 'restrict', 'set null', 'set default', 'cascade'];

/** Refuses an action that SQLite does not know, for callers without types. */
export function checkedAction(option: string, action: ForeignKeyAction): ForeignKeyAction {
  if (actions.includes(action)) return action;
  throw new DefinitionError(`${option} is ${actions.map((each) => `"${each}"`).join(', ')}.`);
}
