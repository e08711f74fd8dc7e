import { OrmError } from './orm-error.js';

/** A query is put together in a way that cannot be meant; nothing was sent to SQLite. */
export class QueryError extends OrmError {
  constructor(message: string, hint?: string) {
    super('ORM_QUERY', message, { hint });
  }
}

/** A condition is `undefined` or empty, which would match more rows than was meant. */
export class UndefinedConditionError extends OrmError {
  constructor(message: string, hint?: string) {
    super('ORM_UNDEFINED_CONDITION', message, { hint });
  }
}

/** `update` or `delete` on a query without a condition of its own, which would reach every row. */
export class UnconditionalWriteError extends OrmError {
  constructor(model: string, verb: 'update' | 'delete' | 'restore' | 'forceDelete') {
    super('ORM_UNCONDITIONAL_WRITE', `This ${verb} has no condition and would reach every row of ${model}.`, {
      hint:
        verb === 'update' || verb === 'delete'
          ? `Add a filter, or say ${model}.${verb}All() when every row is meant.`
          : 'Add a filter, or onlyDeleted() when every deleted row is meant.',
    });
  }
}

/** A database that is shared over a port was asked for what whoever shares it does not allow; nothing was run. */
export class ForbiddenError extends OrmError {
  constructor(message: string, hint?: string) {
    super('ORM_FORBIDDEN', message, { hint });
  }
}

/** `one` found no row, or `reload` or `save` found that the row is gone. */
export class NotFoundError extends OrmError {
  /** The model's name. */
  readonly model: string;

  constructor(model: string, message = `No ${model} matches.`, hint?: string) {
    super('ORM_NOT_FOUND', message, { hint });
    this.model = model;
  }
}

/** The row of an instance was written by somebody else since the instance was read; neither was lost. */
export class StaleRecordError extends OrmError {
  /** The model's name. */
  readonly model: string;

  constructor(model: string, verb: 'save' | 'delete' | 'restore') {
    super('ORM_STALE_RECORD', `The row of this ${model} was updated since it was read, so it cannot be ${verb}d.`, {
      hint: 'reload() the instance, look at what is there now, and try again.',
    });
    this.model = model;
  }
}

/** `one` found more than one row. */
export class NotUniqueError extends OrmError {
  /** The model's name. */
  readonly model: string;

  constructor(model: string) {
    super('ORM_NOT_UNIQUE', `More than one ${model} matches.`, { hint: 'Narrow the filter, or use first().' });
    this.model = model;
  }
}

/** A relation was touched that is not loaded, where loading it by itself is ruled out or would have to be waited for. */
export class UnloadedRelationError extends OrmError {
  /** The model's name. */
  readonly model: string;
  /** The field of the relation. */
  readonly relation: string;

  constructor(model: string, relation: string) {
    super('ORM_UNLOADED_RELATION', `${model}.${relation} is not loaded.`, {
      hint: `Read it along, ${model}.with('${relation}'), or load it: await instance.async.load('${relation}').`,
    });
    this.model = model;
    this.relation = relation;
  }
}

/** New rows refer to each other in a circle, of which none can be inserted first; or rows to delete, of which none can go first. */
export class CyclicReferenceError extends OrmError {
  /** The relations that make the circle, such as `Team.captain` and `Player.team`. */
  readonly relations: readonly string[];

  constructor(relations: readonly string[]) {
    super(
      'ORM_CYCLIC_REFERENCE',
      `These references make a circle in which no row can be the first: ${relations.join(', ')}.`,
      {
        hint: 'Declare one of them with { nullable: true } or { deferrable: true }.',
      },
    );
    this.relations = relations;
  }
}

/** A deferred column was touched that is not read yet, where reading it by itself is ruled out or would have to be waited for. */
export class UnloadedColumnError extends OrmError {
  /** The model's name. */
  readonly model: string;
  /** The field of the column. */
  readonly field: string;

  constructor(model: string, field: string) {
    super('ORM_UNLOADED_COLUMN', `${model}.${field} is deferred, and not read yet.`, {
      hint: `Read it: await instance.async.load('${field}'), or select('${field}').`,
    });
    this.model = model;
    this.field = field;
  }
}

/** A paging cursor that this query did not make. */
export class InvalidCursorError extends OrmError {
  constructor(reason: string) {
    super('ORM_INVALID_CURSOR', `The cursor cannot be used: ${reason}.`, {
      hint: 'Pass the "next" of a page of the same query with the same order.',
    });
  }
}
