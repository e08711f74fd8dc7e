import { OrmError } from './orm-error.js';
import { didYouMean } from './suggest.js';

/** A model is declared in a way that cannot work; thrown when its class is defined. */
export class DefinitionError extends OrmError {
  constructor(message: string, hint?: string) {
    super('ORM_DEFINITION', message, { hint });
  }
}

/** A name that is no field of the model, with the one that was probably meant. */
export class UnknownFieldError extends OrmError {
  /** The model's name. */
  readonly model: string;
  /** The name that is not one of its fields. */
  readonly field: string;

  constructor(model: string, field: string, known: readonly string[]) {
    const name = String(field); // callers without types pass undefined and the like
    super('ORM_UNKNOWN_FIELD', `${model} has no field "${name}".`, { hint: didYouMean(name, known) });
    this.model = model;
    this.field = name;
  }
}

/** `create` or `save` lacks fields that have neither a default nor room for null; nothing was sent to SQLite. */
export class MissingFieldError extends OrmError {
  /** The model's name. */
  readonly model: string;
  /** The fields that have no value. */
  readonly fields: readonly string[];

  constructor(model: string, fields: readonly string[]) {
    super('ORM_MISSING_FIELD', `${model} cannot be inserted without ${fields.join(', ')}.`, {
      hint: 'Give a value, or declare a default or { nullable: true }.',
    });
    this.model = model;
    this.fields = fields;
  }
}

/** A value that its column cannot hold: the wrong type, NaN, an invalid date, an integer beyond its range. */
export class InvalidValueError extends OrmError {
  /** `Model.field`, or the name of the operation when there is no field. */
  readonly field: string;

  constructor(field: string, expected: string, given: unknown, hint?: string) {
    super('ORM_INVALID_VALUE', `${field} takes ${expected}, not ${describe(given)}.`, { hint });
    this.field = field;
  }
}

/** A stored value that does not fit its column's type, found while reading a row. */
export class DecodeError extends OrmError {
  /** The table's name. */
  readonly table: string;
  /** The column's name. */
  readonly column: string;
  /** The values of the row's primary key. */
  readonly primaryKey: readonly unknown[];

  constructor(
    table: string,
    column: string,
    primaryKey: readonly unknown[],
    expected: string,
    found: unknown,
    hint = 'Correct the row with SQL, or declare the column with the type that it has.',
  ) {
    const row = primaryKey.length === 0 ? 'a row' : `the row with primary key ${primaryKey.map(String).join(', ')}`;
    super('ORM_DECODE', `${table}.${column} holds ${describe(found)} in ${row}, where ${expected} belongs.`, { hint });
    this.table = table;
    this.column = column;
    this.primaryKey = primaryKey;
  }
}

/** `fill` was given a field that the model does not open to mass assignment. */
export class MassAssignmentError extends OrmError {
  /** The model's name. */
  readonly model: string;
  /** The refused field. */
  readonly field: string;

  constructor(model: string, field: string) {
    super('ORM_MASS_ASSIGNMENT', `${model}.${field} may not be filled from input.`, {
      hint: `Assign it by name, or list it in the "fillable" option of @table.`,
    });
    this.model = model;
    this.field = field;
  }
}

/** A field that may not be written: read-only or generated, or write-once and already stored. */
export class ReadOnlyFieldError extends OrmError {
  /** `Model.field`. */
  readonly field: string;

  constructor(field: string, reason: string) {
    super('ORM_READ_ONLY_FIELD', `${field} cannot be written: ${reason}.`);
    this.field = field;
  }
}

/** What a value is, without showing it: "a string", "undefined", "an instance of Date". */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'undefined';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (value instanceof Date && Number.isNaN(value.getTime())) return 'an invalid Date';
  if (typeof value !== 'object') return `a ${typeof value}`;
  if (value instanceof Uint8Array) return 'an instance of Uint8Array'; // of a driver's own class, too
  const name: unknown = (Object.getPrototypeOf(value) as { constructor?: { name?: unknown } } | null)?.constructor
    ?.name;
  return typeof name !== 'string' || name === 'Object' ? 'an object' : `an instance of ${name}`;
}
