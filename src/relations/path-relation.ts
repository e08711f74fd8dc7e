import { DefinitionError } from '../errors/index.js';
import type { ColumnSchema, TableSchema } from '../schema/index.js';
import type { ModelThunk, Step } from './relation.js';
import { RelationBySteps } from './stepped-relation.js';
import { tableOf } from './table-of.js';

/** How a relation through others was declared. */
export interface PathRelationOptions {
  readonly model: ModelThunk<unknown>;
  /** The fields of the relations that it follows, one after the other. */
  readonly path: readonly string[];
  readonly isMany: boolean;
}

/** A relation that follows others: the comments of a user's posts. */
export class PathRelation extends RelationBySteps {
  readonly isMany: boolean;
  readonly takesFirst: boolean;
  readonly #options: PathRelationOptions;
  #isResolving = false;

  constructor(owner: TableSchema, property: string, options: PathRelationOptions) {
    super(owner, property);
    this.#options = options;
    this.isMany = options.isMany;
    this.takesFirst = !options.isMany;
  }

  /** Where the first relation is a reference, this is one, too. */
  get reference(): readonly ColumnSchema[] {
    const [first] = this.#options.path;
    return relationAt(this, this.owner, first!).reference;
  }

  protected resolve(): readonly Step[] {
    if (this.#isResolving) {
      throw new DefinitionError(`The path of ${this.name} leads over itself.`, 'Name relations that lead elsewhere.');
    }
    this.#isResolving = true;
    try {
      return this.#follow();
    } finally {
      this.#isResolving = false;
    }
  }

  #follow(): readonly Step[] {
    const target = tableOf(this, this.#options.model);
    const steps: Step[] = [];
    let table = this.owner;
    for (const field of this.#options.path) {
      steps.push(...relationAt(this, table, field).steps);
      table = steps.at(-1)!.table;
    }
    if (table.reference.owner === target.reference.owner) return steps;
    throw new DefinitionError(
      `${this.name} goes by the path ${this.#options.path.join('.')}, which leads to ${table.modelName} and not to ${target.modelName}.`,
      `Name relations that end there.`,
    );
  }
}

/** A relation on the way, which leads to one table. */
function relationAt({ name }: PathRelation, table: TableSchema, field: string): RelationBySteps {
  const relation = table.relations.get(field);
  if (relation instanceof RelationBySteps) return relation;
  throw new DefinitionError(
    relation === undefined
      ? `${name} goes through "${field}", which is no relation of ${table.modelName}.`
      : `${name} goes through ${table.modelName}.${field}, which leads to several tables.`,
    `Name relations: 'posts.comments' goes through the posts to their comments.`,
  );
}
