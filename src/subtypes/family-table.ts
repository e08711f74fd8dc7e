import { DefinitionError, QueryError } from '../errors/index.js';
import {
  checkTable,
  deferredLast,
  TableSchema,
  type ColumnSchema,
  type DerivationSchema,
  type FamilySchema,
  type ForeignKeySchema,
  type IndexSchema,
  type Lifecycle,
} from '../schema/index.js';

/** A table that several models share: every column of each. Queries of it know the columns that all models have. */
export class FamilyTable extends TableSchema {
  override readonly columnsByProperty: ReadonlyMap<string, ColumnSchema>;
  override readonly lifecycle: Lifecycle;
  readonly #root: TableSchema;
  readonly #family: FamilySchema;

  constructor(root: TableSchema, family: FamilySchema, leftOut: readonly ColumnSchema[] = []) {
    const columns = columnsOf(root, family).filter(({ name }) => !leftOut.some((column) => column.name === name));
    super(
      { ...root.options, family, indexes: indexesOf(root, family) },
      root.reference,
      columns.map((column, position) => ({ ...column, position })),
      root.primaryKey.map(({ property }) => property),
      leftOut,
    );
    this.#root = root;
    this.#family = family;
    const common = this.columns.filter(({ name }) => root.columns.some((column) => column.name === name));
    this.columnsByProperty = new Map(common.map((column) => [column.property, column]));
    this.lifecycle = familyLifecycle(this.modelName, family);
    if (leftOut.length === 0) checkTable(this);
  }

  /** Those of all models, each once. */
  override get foreignKeys(): readonly ForeignKeySchema[] {
    const found = new Map<string, ForeignKeySchema>();
    for (const { relations } of [this, ...this.#family.members.values()]) {
      for (const { foreignKey } of relations.values()) {
        if (foreignKey === undefined) continue;
        const columns = foreignKey.columns.map(({ name }) => this.columns.find((column) => column.name === name)!);
        const key = JSON.stringify([foreignKey.target.name, ...columns.map(({ name }) => name)]);
        if (!found.has(key)) found.set(key, { ...foreignKey, columns });
      }
    }
    return [...found.values()];
  }

  /** Those of the relations of all models. */
  override get ownTables(): readonly TableSchema[] {
    return [...new Set([this, ...this.#family.members.values()].flatMap((table) => ownTablesOf(table)))];
  }

  /** Those of the class with the table: a row of one subtype has nothing in the columns of others, which a trigger would fill. */
  override get derivations(): readonly DerivationSchema[] {
    for (const member of this.#family.members.values()) {
      const column = member.columns.find(
        ({ derived, name }) => derived && !this.#root.columns.some((c) => c.name === name),
      );
      if (column === undefined) continue;
      throw new DefinitionError(
        `${member.field(column)} is derived, but the column is that of a subtype.`,
        `Declare it in ${this.#root.modelName}, which has the table.`,
      );
    }
    return super.derivations;
  }

  override without(leftOut: readonly ColumnSchema[]): TableSchema {
    return leftOut.length === 0 ? this : new FamilyTable(this.#root, this.#family, leftOut);
  }
}

const ownTablesOf = ({ relations }: TableSchema): readonly TableSchema[] =>
  [...relations.values()].flatMap(({ ownTables }) => ownTables);

/** What all models have, and then what each of them adds: NULL in the rows of the others, which nothing may fill by itself. */
function columnsOf(root: TableSchema, { members }: FamilySchema): ColumnSchema[] {
  const columns = new Map(root.columns.map((column) => [column.name, column]));
  for (const member of members.values()) {
    for (const column of member.columns) {
      if (!columns.has(column.name))
        columns.set(column.name, { ...column, nullable: true, default: undefined, onUpdate: undefined });
    }
  }
  return deferredLast([...columns.values()], ({ deferred }) => deferred === true);
}

function indexesOf(root: TableSchema, { members }: FamilySchema): IndexSchema[] {
  const all = [root, ...members.values()].flatMap(({ options }) => options.indexes);
  return [...new Map(all.map((index) => [index.name.toLowerCase(), index])).values()];
}

/** Instances are those of the members, whatever they were read by. */
function familyLifecycle(modelName: string, { members }: FamilySchema): Lifecycle {
  return {
    withheld: [], // of no instance of its own
    made() {
      const names = [...members.values()].map((member) => member.modelName).join(', ');
      throw new QueryError(`A ${modelName} is made as one of its subtypes.`, `Use one of them: ${names}.`);
    },
    updating: () => false,
  };
}
