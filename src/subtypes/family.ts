import { DefinitionError } from '../errors/index.js';
import {
  buildTable,
  columnDefinition,
  declaredClass,
  openNotes,
  type ColumnDeclaration,
  type ColumnDefinition,
  type DeclaredClass,
  type FamilySchema,
  type ModelClass,
  type TableOptions,
  type TableSchema,
} from '../schema/index.js';
import { FamilyTable } from './family-table.js';
import { subtypeType } from './subtype-type.js';

/** A class whose table several models share, and what they were called until the table was put together. */
export class Family implements FamilySchema {
  readonly discriminator: string;
  readonly #root: ModelClass;
  readonly #name: string | undefined;
  readonly #options: TableOptions;
  readonly #models = new Map<string, ModelClass>();
  /** What all models have, as it is once they are known. */
  #common: { readonly declared: DeclaredClass; readonly table: TableSchema } | undefined;
  #members: ReadonlyMap<unknown, TableSchema> | undefined;
  #whole: TableSchema | undefined;

  constructor(
    root: ModelClass,
    name: string | undefined,
    options: TableOptions,
    discriminator: string,
    metadata: object | undefined,
  ) {
    this.#root = root;
    this.#name = name;
    this.#options = options;
    this.discriminator = discriminator;
    this.#rootTable(declaredClass(root, metadata)); // what is wrong with it is known at once
    openNotes(root.prototype).isRead = true;
  }

  get whole(): TableSchema {
    return (this.#whole ??= new FamilyTable(this.#known.table, this));
  }

  get members(): ReadonlyMap<unknown, TableSchema> {
    return (this.#members ??= this.#memberTables());
  }

  /** Adds a model, which is refused once somebody has asked for the table: it would lack the model's columns. */
  add(subtype: string, model: ModelClass): void {
    const root = this.#root.name;
    if (this.#members !== undefined) {
      throw new DefinitionError(
        `${model.name} comes too late: the table of ${root} is in use already.`,
        `Import every subtype of ${root} before the first of them is used, or a database is opened with it.`,
      );
    }
    const other = this.#models.get(subtype);
    if (other !== undefined) {
      throw new DefinitionError(
        `${other.name} and ${model.name} are both the subtype "${subtype}" of ${root}.`,
        'Give one of them another name.',
      );
    }
    const parent = [...this.#models.values()].find(({ prototype }) => model.prototype instanceof prototype.constructor);
    if (parent !== undefined) {
      throw new DefinitionError(
        `${model.name} extends ${parent.name}, which is a subtype of ${root} itself.`,
        'Put what they share into an abstract class that both extend.',
      );
    }
    this.#models.set(subtype, model);
  }

  get #known() {
    if (this.#common !== undefined) return this.#common;
    const declared = declaredClass(this.#root, undefined);
    return (this.#common = { declared, table: this.#rootTable(declared) });
  }

  /** The table of what all models have. */
  #rootTable(declared: DeclaredClass): TableSchema {
    return buildTable(this.#root, this.#name, this.#options, this.#withDiscriminator(declared, undefined));
  }

  #memberTables(): ReadonlyMap<unknown, TableSchema> {
    const { name } = this.#root;
    if (this.#models.size === 0) {
      throw new DefinitionError(
        `${name} has a discriminator, but no subtypes.`,
        'Import the classes that extend it, and decorate them: @subtype("…").',
      );
    }
    const { declared: common, table: root } = this.#known;
    const added = new Map<string, AddedColumn>();
    return new Map(
      [...this.#models].map(([subtype, model]) => {
        const own = declaredClass(model, undefined);
        checkAgainst(name, common, model.name, own);
        // what all models have stands at the same place in each: rows of one are read as rows of another
        const declared = { ...own, columns: new Map([...common.columns, ...own.columns]) };
        const shared = { reference: root.reference, family: this, subtype };
        const table = buildTable(model, root.name, this.#options, this.#withDiscriminator(declared, subtype), shared);
        checkAdded(table, root, declared, added);
        openNotes(model.prototype).isRead = true;
        return [subtype, table];
      }),
    );
  }

  /** The columns, and behind the key the one that says which model a row is of. */
  #withDiscriminator(declared: DeclaredClass, subtype: string | undefined): DeclaredClass {
    const field = this.discriminator;
    if (declared.columns.has(field) || declared.relations.has(field)) {
      throw new DefinitionError(
        `${this.#root.name}.${field} tells the subtypes apart, and is a column without a decorator.`,
        `To read it, declare the field alone: readonly ${field}!: string.`,
      );
    }
    const type = subtypeType(subtype === undefined ? [...this.#models.keys()] : [subtype], this.#root.name);
    const written: Partial<ColumnDefinition> = {
      readOnly: 'stored',
      default: subtype === undefined ? undefined : { kind: 'value', value: subtype },
    };
    const definition = { ...columnDefinition('subtype', {}, written), type } as ColumnDefinition;
    const columns = [...declared.columns];
    const behindKey = columns.findLastIndex(([, column]) => column.definition.primaryKey) + 1;
    columns.splice(behindKey, 0, [field, { definition, sequence: -1, ranEarly: false }]);
    return { ...declared, columns: new Map(columns) };
  }
}

/** A column that only some of the models have. */
interface AddedColumn {
  readonly declaration: ColumnDeclaration | undefined;
  readonly field: string;
}

/** Refuses a model that says of a common column what the other models do not know. */
function checkAgainst(root: string, common: DeclaredClass, model: string, declared: DeclaredClass): void {
  for (const [field, declaration] of common.columns) {
    if (declared.columns.get(field) === declaration) continue;
    throw new DefinitionError(
      `${model}.${field} is declared again, but it is a column of every ${root}.`,
      `Leave it to ${root}, or give the field another name.`,
    );
  }
}

/** Refuses a column that another model has otherwise, or of which SQLite would write the default into rows of others. */
function checkAdded(
  table: TableSchema,
  root: TableSchema,
  declared: DeclaredClass,
  added: Map<string, AddedColumn>,
): void {
  for (const column of table.columns) {
    if (root.columns.some(({ name }) => name === column.name)) continue;
    const field = table.field(column);
    if (column.deletion !== undefined) {
      throw new DefinitionError(
        `${field} says when a row was deleted, but it is the column of a subtype, which queries of the others do not know.`,
        `Declare it in ${root.modelName}, which has the table.`,
      );
    }
    if (column.default?.kind === 'sql') {
      throw new DefinitionError(
        `${field} has a default that SQLite makes, which it would give the rows of other subtypes, too.`,
        'Give it as a value or a function: { default: () => … }.',
      );
    }
    const declaration = declared.columns.get(column.property);
    const other = added.get(column.name.toLowerCase());
    if (other !== undefined && other.declaration !== declaration) {
      throw new DefinitionError(
        `${other.field} and ${field} are both the column "${column.name}" of the table "${table.name}".`,
        'Declare it once, in an abstract class that both extend, or give one of them another: { name: "…" }.',
      );
    }
    added.set(column.name.toLowerCase(), { declaration, field });
  }
}
