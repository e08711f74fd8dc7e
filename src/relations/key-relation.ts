import { DefinitionError } from '../errors/index.js';
import type { BoundTable, QueryState, Relation, RowGraph } from '../query/index.js';
import {
  toTable,
  type ColumnSchema,
  type ForeignKeyAction,
  type ForeignKeySchema,
  type ModelClass,
  type TableSchema,
} from '../schema/index.js';
import type { Expression, Program } from '../sql/index.js';

/** A model class as a relation's function returns it: called late, so that files may import each other. */
export type ModelThunk<Target> = () => { readonly prototype: Target };

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
}

/** What is said of a foreign key besides its columns. */
export type ForeignKeyRules = Pick<ForeignKeySchema, 'onDelete' | 'onUpdate' | 'deferrable'>;

/** The columns by which two tables are related: each of the owner's equals the one of the target at its place. */
export interface KeyPair {
  readonly owner: readonly ColumnSchema[];
  readonly target: readonly ColumnSchema[];
}

/** A relation of two tables of which one refers to the primary key of the other. */
export abstract class KeyRelation implements Relation {
  readonly property: string;
  readonly isMany: boolean;
  readonly owner: TableSchema;
  readonly options: KeyRelationOptions;
  #resolved: { readonly target: TableSchema; readonly keys: KeyPair } | undefined;

  constructor(owner: TableSchema, property: string, options: KeyRelationOptions) {
    this.owner = owner;
    this.property = property;
    this.options = options;
    this.isMany = options.kind === 'hasMany';
    if (options.kind === 'belongsTo') checkKey(this, owner, options);
  }

  /** Reads what owners lead to. */
  abstract load(table: BoundTable, owners: readonly object[], state: QueryState): Program<void>;

  /** The same for an instance and its siblings, unless it is loaded. */
  abstract ensure(table: BoundTable, instance: object, state: QueryState): Program<void>;

  /** Lets an instance lead to others, or to one or none. */
  abstract give(instance: object, value: unknown): void;

  /** What an instance was given that has no key yet. */
  abstract awaits(instance: object): object | undefined;

  /** Says which of two rows refers to the other. */
  abstract connect(rows: RowGraph, owner: object, related: object): void;

  /** The condition that `filter` puts on it. */
  abstract condition(value: unknown): Expression;

  /** Whether the owner has the foreign key. */
  get refers(): boolean {
    return this.options.kind === 'belongsTo';
  }

  /** `Post.author`, for error messages. */
  get name(): string {
    return `${this.owner.modelName}.${this.property}`;
  }

  get target(): TableSchema {
    return this.#resolve().target;
  }

  /** The columns by which rows of both sides find each other. */
  get keys(): KeyPair {
    return this.#resolve().keys;
  }

  /** The primary key on its one side: by its collations both are compared, as SQLite does with foreign keys. */
  get referred(): readonly ColumnSchema[] {
    return this.refers ? this.keys.target : this.keys.owner;
  }

  get foreignKey(): ForeignKeySchema | undefined {
    const { constraint } = this.options;
    if (!this.refers || constraint === undefined) return undefined;
    const { owner, target } = this.keys;
    return { columns: owner, target: this.target, targetColumns: target, ...constraint };
  }

  /** Only when it is asked for: while classes are defined, the other one may not be there yet. */
  #resolve() {
    if (this.#resolved !== undefined) return this.#resolved;
    const target = tableOf(this);
    return (this.#resolved = { target, keys: keysOf(this, target) });
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

function tableOf({ name, options }: KeyRelation): TableSchema {
  const model = options.model() as ModelClass | undefined;
  if (typeof model?.[toTable] === 'function') return model[toTable]();
  throw new DefinitionError(
    `${name} leads to ${model === undefined ? 'undefined' : 'something that is no model'}.`,
    'Its function returns a model: () => User.',
  );
}

function keysOf({ name, owner, refers, options }: KeyRelation, target: TableSchema): KeyPair {
  const [from, to] = refers ? [owner, target] : [target, owner];
  const { key } = options;
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
  return refers ? { owner: foreign, target: primary } : { owner: primary, target: foreign };
}

/** A STRICT table keeps types apart, so that keys of different ones are never equal. */
function checkTypes(name: string, field: string, { type }: ColumnSchema, to: TableSchema, key: ColumnSchema): void {
  if (type.storage === key.type.storage) return;
  throw new DefinitionError(
    `${name} goes by ${field}, which is ${type.storage}, while ${to.field(key)} is ${key.type.storage}.`,
    'Give both columns the same type.',
  );
}

const actions: readonly ForeignKeyAction[] = ['no action', 'restrict', 'set null', 'set default', 'cascade'];

/** Refuses an action that SQLite does not know, for callers without types. */
export function checkedAction(option: string, action: ForeignKeyAction): ForeignKeyAction {
  if (actions.includes(action)) return action;
  throw new DefinitionError(`${option} is ${actions.map((each) => `"${each}"`).join(', ')}.`);
}
