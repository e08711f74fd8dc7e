import { QueryError, UnknownFieldError, type OrmError } from '../errors/index.js';
import type { Expression, Statement, TableReference } from '../sql/index.js';
import type { ColumnSchema, DerivedFrom, EmbeddedSchema } from './column-schema.js';
import type { ScopeSchema } from './scope.js';

/** The static method by which a model class tells its table to those who know only the class. */
export const toTable: unique symbol = Symbol('litemodel.toTable');

/** Where a model class says that nothing of its instances may wait for SQLite without a promise. */
export const answersLater: unique symbol = Symbol('litemodel.answersLater');

/** A class that rows become instances of. */
export interface ModelClass {
  readonly name: string;
  readonly prototype: object;
  /** @internal */
  readonly [toTable]?: () => TableSchema; // no method: the name of one is lost from the bundled types
  /** @internal */
  readonly [answersLater]?: true;
}

/** An index beside the table. https://sqlite.org/lang_createindex.html */
export interface IndexSchema {
  readonly name: string;
  readonly unique: boolean;
  readonly terms: readonly Expression[];
  /** Only rows for which this holds are in the index. https://sqlite.org/partialindex.html */
  readonly where: Expression | undefined;
}

/** A CHECK of the whole table. */
export interface CheckSchema {
  readonly name: string | undefined;
  readonly expression: Expression;
}

/** What SQLite does with the rows that refer to one that is deleted, or whose key changes. https://sqlite.org/foreignkeys.html */
export type ForeignKeyAction = 'no action' | 'restrict' | 'set null' | 'set default' | 'cascade';

/** A FOREIGN KEY of the table. */
export interface ForeignKeySchema {
  readonly columns: readonly ColumnSchema[];
  readonly target: TableSchema;
  readonly targetColumns: readonly ColumnSchema[];
  readonly onDelete: ForeignKeyAction;
  readonly onUpdate: ForeignKeyAction;
  /** Whether it is checked only when the transaction is committed. */
  readonly deferrable: boolean;
}

/** A field of the model that leads to instances of another one, or of its own. */
export interface RelationSchema {
  readonly property: string;
  /** Whether it leads to any number of instances, and not to one at most. */
  readonly isMany: boolean;
  /** The table that it leads to. Throws `DefinitionError` where the two do not fit together. */
  readonly target: TableSchema;
  /** Tables that it makes of its own, beside its owner's. Throws `DefinitionError` where the relation does not fit. */
  readonly ownTables: readonly TableSchema[];
  /** The constraint that it is, where it is one of its own table. Throws what `target` throws. */
  readonly foreignKey: ForeignKeySchema | undefined;
  /** The condition that `filter` puts on it. */
  condition(value: unknown): Expression;
}

/** Points in the life of instances at which a feature has something to do. */
export interface Lifecycle {
  /**
   * Own properties that instances do not keep, though their class defines them: what the prototype has is to be seen. They are
   * taken away first of all, the last one first: the V8 of Node 20 does that for the last properties of an object at next to no
   * cost, that of Node 24 makes a dictionary of the object.
   */
  readonly withheld: readonly string[];
  /** An instance was made by the user, or is about to be inserted into a database. It may be told of more than once. */
  made(instance: object, database?: object): void;
  /** These columns of an instance are about to be updated. Says whether it gave any of them another value. */
  updating(instance: object, columns: readonly ColumnSchema[]): boolean;
}

/** What a relation's decorator wrote down, before the table is put together. */
export interface RelationDeclaration {
  /** The fields of its own table that refer to another one, and are to be found by an index; none where others refer to it. */
  readonly keyFields: readonly string[];
  define(owner: TableSchema, property: string): RelationSchema;
  /** What the instances of a table that has relations go through, for all of them together. */
  lifecycle(table: TableSchema): Lifecycle;
}

/** What SQLite does by itself after rows of a table were written. https://sqlite.org/lang_createtrigger.html */
export interface TriggerSchema {
  readonly name: string;
  readonly table: TableSchema;
  readonly event: 'insert' | 'update' | 'delete';
  /** The columns that an update has to name. */
  readonly columns: readonly ColumnSchema[];
  readonly statement: Statement;
}

/** What a decorator wrote down of a column that SQLite keeps equal to what other rows say. */
export interface Derivation extends DerivedFrom {
  define(owner: TableSchema, column: ColumnSchema): DerivationSchema;
}

/** How SQLite keeps a column equal to what other rows say. Everything throws `DefinitionError` where it cannot. */
export interface DerivationSchema {
  readonly owner: TableSchema;
  /** `Order.total`, for error messages. */
  readonly field: string;
  /** What it follows from: tables, and columns of each. */
  readonly sources: readonly DerivationSource[];
  readonly triggers: readonly TriggerSchema[];
  /** Writes it in all rows where it is not what it has to be. */
  readonly fill: Statement;
}

/** Columns of a table, of which each change matters. */
export interface DerivationSource {
  readonly table: TableSchema;
  readonly columns: readonly ColumnSchema[];
}

/** What a decorator wrote down of a column that says since when its row is deleted. */
export interface DeletionDeclaration {
  define(column: ColumnSchema): DeletionSchema;
}

/** How rows are deleted that stay in their table: they are marked, and hidden from every query that does not ask for them. */
export interface DeletionSchema {
  /** NULL in rows that are not deleted. */
  readonly column: ColumnSchema;
}

/** Models that share a table: each row is of one of them, as one of the columns says. */
export interface FamilySchema {
  /** The table, with the columns of all models. */
  readonly whole: TableSchema;
  /** The field whose column says which model a row is of. */
  readonly discriminator: string;
  /** The models by what stands in that column. */
  readonly members: ReadonlyMap<unknown, TableSchema>;
}

/** All that a table's declaration says, but for its columns. */
export interface TableOptionsSchema {
  /** What error messages call a row's model. */
  readonly modelName: string;
  readonly name: string;
  /** The class of its instances; without one, rows are plain objects. */
  readonly model: ModelClass | undefined;
  /** The alias of the database in which it stands when no open database lists it. */
  readonly database: string | undefined;
  readonly strict: boolean;
  readonly withoutRowid: boolean;
  readonly autoincrement: boolean;
  /** Whether instances are made by their class's constructor. */
  readonly construct: boolean;
  readonly indexes: readonly IndexSchema[];
  readonly checks: readonly CheckSchema[];
  readonly defaultScopes: readonly ScopeSchema[];
  /** The fields that `fill` takes; `undefined` for all but the primary key and those that are read-only. */
  readonly fillable: ReadonlySet<string> | undefined;
  /** The relations by field. */
  readonly relations: ReadonlyMap<string, RelationDeclaration>;
  /** What decorators say of features that take part in the life of instances. */
  readonly hooks: ReadonlyMap<object, readonly unknown[]>;
  /** The getters that belong to what an instance is as JSON. */
  readonly getters?: readonly string[];
  /** The fields that hold embedded objects. */
  readonly embedded?: ReadonlyMap<string, EmbeddedSchema>;
  /** The models that share the table, if it is not that of one alone. */
  readonly family?: FamilySchema;
  /** Which of the family's members it is, if it is one: the only rows that there are for it. */
  readonly subtype?: string;
}

/** A table as we know it: from a model, or from the file. */
export class TableSchema {
  readonly modelName: string;
  readonly name: string;
  readonly columns: readonly ColumnSchema[];
  /** What is read of each row: the first of the columns, which most tables have no others than. */
  readonly read: readonly ColumnSchema[];
  /** Those that the table has in a file: the others are computed. */
  readonly stored: readonly ColumnSchema[];
  readonly columnsByProperty: ReadonlyMap<string, ColumnSchema>;
  readonly primaryKey: readonly ColumnSchema[];
  /** The column that is another name for the rowid: a single INTEGER PRIMARY KEY. https://sqlite.org/rowidtable.html */
  readonly rowid: ColumnSchema | undefined;
  readonly reference: TableReference;
  readonly options: TableOptionsSchema;
  readonly relations: ReadonlyMap<string, RelationSchema>;
  /** What is to be done as instances come and go; nothing for most tables. */
  readonly lifecycle: Lifecycle | undefined;
  /** Whether some column's integers must be read as bigint. */
  readonly bigints: boolean;
  /** Whether some column has no type, which makes it matter how a value is bound. */
  readonly hasAny: boolean;
  /** The column that counts the updates of a row. */
  readonly version: ColumnSchema | undefined;
  /** How its rows are deleted; `undefined` where that takes them out of the table. */
  readonly deletion: DeletionSchema | undefined;
  /** The columns that functions make of other fields; `undefined` for most tables. */
  readonly following: readonly ColumnSchema[] | undefined;
  /** The columns of the model that are not used here. */
  readonly leftOut: readonly ColumnSchema[];

  constructor(
    options: TableOptionsSchema,
    reference: TableReference,
    columns: readonly ColumnSchema[],
    primaryKey: readonly string[],
    leftOut: readonly ColumnSchema[] = [],
  ) {
    this.options = options;
    this.modelName = options.modelName;
    this.name = options.name;
    this.reference = reference;
    this.columns = columns;
    this.read = columns.some(({ deferred }) => deferred) ? columns.filter(({ deferred }) => !deferred) : columns;
    this.stored = columns.some(isComputed) ? columns.filter((column) => !isComputed(column)) : columns;
    this.columnsByProperty = new Map(columns.map((column) => [column.property, column]));
    this.relations = new Map([...options.relations].map(([field, relation]) => [field, relation.define(this, field)]));
    this.primaryKey = primaryKey.map((property) => this.column(property));
    this.rowid = options.withoutRowid ? undefined : rowidColumn(this.primaryKey);
    this.bigints = columns.some((column) => column.type.bigints === true);
    this.hasAny = this.stored.some((column) => column.type.storage === 'ANY');
    this.version = columns.find(({ countsUpdates }) => countsUpdates);
    const mark = columns.find(({ deletion }) => deletion !== undefined);
    this.deletion = mark && (mark.deletion as DeletionDeclaration).define(mark);
    this.following = columns.some(follows) ? columns.filter(follows) : undefined;
    const [relation] = options.relations.values();
    this.lifecycle = relation?.lifecycle(this);
    this.leftOut = leftOut;
  }

  /** The foreign keys of its rows. Throws `DefinitionError` where one does not fit the table that it refers to. */
  get foreignKeys(): readonly ForeignKeySchema[] {
    return [...this.relations.values()].flatMap(({ foreignKey }) => foreignKey ?? []);
  }

  /** The tables that its relations make of their own. Throws `DefinitionError` where a relation does not fit. */
  get ownTables(): readonly TableSchema[] {
    return [...this.relations.values()].flatMap(({ ownTables }) => ownTables);
  }

  /** The columns that SQLite keeps equal to what other rows say. */
  get derivations(): readonly DerivationSchema[] {
    return this.columns.flatMap((column) => (column.derived as Derivation | undefined)?.define(this, column) ?? []);
  }

  /** The table as a file has it: with the columns of all models that share it. */
  get whole(): TableSchema {
    return this.options.family?.whole ?? this;
  }

  /** Whether the rows of another table's model are among those of this one's: it is the same table, and the same subtype of it. */
  covers({ reference, options }: TableSchema): boolean {
    const { subtype } = this.options;
    return reference.owner === this.reference.owner && (subtype === undefined || subtype === options.subtype);
  }

  /** The table without some of its columns, and the relations by them, for a database that does not let them be used. */
  without(leftOut: readonly ColumnSchema[]): TableSchema {
    if (leftOut.length === 0) return this;
    const fields = leftOut.map(({ property }) => property);
    const columns = this.columns.filter((column) => !leftOut.includes(column));
    const relations = [...this.options.relations].filter(
      ([, { keyFields }]) => !fields.some((f) => keyFields.includes(f)),
    );
    return new TableSchema(
      { ...this.options, relations: new Map(relations) },
      this.reference,
      columns.map((column, position) => ({ ...column, position })),
      this.primaryKey.map(({ property }) => property),
      leftOut,
    );
  }

  /** The column of a field, or `UnknownFieldError` with the field that was probably meant. */
  column(property: string): ColumnSchema {
    const column = this.columnsByProperty.get(property);
    if (column === undefined) throw this.unknownField(property);
    return column;
  }

  /** The error for a name that is neither a column's field nor a relation. */
  unknownField(property: string): OrmError {
    if (this.relations.has(property)) {
      return new QueryError(
        `${this.modelName}.${property} is a relation, and no column of ${this.modelName}.`,
        'Name a column here.',
      );
    }
    const embedded = this.options.embedded?.get(property);
    if (embedded !== undefined) {
      return new QueryError(
        `${this.modelName}.${property} is embedded, and no column of ${this.modelName}.`,
        `Name a field of it: '${property}.${embedded.parts[0]}'.`,
      );
    }
    return new UnknownFieldError(this.modelName, property, [
      ...this.columnsByProperty.keys(),
      ...this.relations.keys(),
    ]);
  }

  /** `User.name`, for error messages. */
  field(column: ColumnSchema): string {
    return `${this.modelName}.${column.property}`;
  }
}

const follows = ({ follows: following }: ColumnSchema): boolean => following !== undefined;

const isComputed = ({ computed }: ColumnSchema): boolean => computed !== undefined;

function rowidColumn(primaryKey: readonly ColumnSchema[]): ColumnSchema | undefined {
  const [column] = primaryKey;
  return primaryKey.length === 1 && column!.type.storage === 'INTEGER' ? column : undefined;
}
