import type { Expression } from '../sql/index.js';
import type { ColumnType } from './column-type.js';

/** The value of a column that an insert does not name. */
export type ColumnDefault =
  /** The same at each insert; stands in the DDL, too. */
  | { readonly kind: 'value'; readonly value: unknown }
  /** Made by JavaScript at each insert; `sql` is what the DDL has for other writers. */
  | { readonly kind: 'factory'; readonly make: () => unknown; readonly sql: Expression | undefined }
  /** Made by SQLite at each insert. */
  | { readonly kind: 'sql'; readonly expression: Expression };

/** A generated column. https://sqlite.org/gencol.html */
export interface Generation {
  readonly expression: Expression;
  readonly stored: boolean;
}

/** Where a column comes from that is a field of an embedded object. */
export interface EmbeddedPart {
  /** The field that holds the object, and the one inside it. */
  readonly field: string;
  readonly part: string;
  /** What the column's name begins with; `undefined` leaves it to the table's naming. */
  readonly prefix: string | undefined;
}

/** What a derived column follows from: a `Derivation`, of which this file need not know more. */
export interface DerivedFrom {
  /** The field of the relation that leads to those rows. */
  readonly relation: string;
}

/** How a column follows from other fields of its row, by a function that SQLite does not know. */
export interface Following {
  readonly fields: readonly string[];
  make(instance: object): unknown;
}

/** What a column is, apart from where it stands. */
export interface ColumnDefinition {
  readonly type: ColumnType<unknown>;
  /** The column's name; `undefined` leaves it to the table's naming. */
  readonly name: string | undefined;
  readonly nullable: boolean;
  readonly primaryKey: boolean;
  readonly autoincrement: boolean;
  readonly default: ColumnDefault | undefined;
  /** Makes the value at each update that changes something else. */
  readonly onUpdate: (() => unknown) | undefined;
  readonly unique: boolean;
  readonly indexed: boolean;
  readonly check: Expression | undefined;
  readonly collation: string | undefined;
  readonly generated: Generation | undefined;
  /** Whether it is one higher after each update of its row, by which a save knows whether the row is still as it was. */
  readonly countsUpdates: boolean;
  /** What SQLite computes at each read: the table has no such column. */
  readonly computed?: Expression;
  /** Says that SQLite keeps it equal to what other rows say. */
  readonly derived?: DerivedFrom;
  /** Says that rows in which it is not NULL are deleted: a `DeletionDeclaration`, of which this file need not know more. */
  readonly deletion?: object;
  /** Says that a function makes it of other fields of the instance. */
  readonly follows?: Following;
  /** Says that it is a field of an embedded object. */
  readonly embedded?: EmbeddedPart;
  /** Not read with the row, but when it is asked for. */
  readonly deferred?: boolean;
  /** Left out of `toJSON` and `inspect`. */
  readonly hidden: boolean;
  /** `always`: never written by us. `stored`: written at insert only. */
  readonly readOnly: 'never' | 'stored' | 'always';
}

/** A column as its decorator or `defineModel` has it: everything but the field that it belongs to. */
export interface ColumnDeclaration {
  /** `undefined` for a bare `@column()`, until the field's type is known. */
  readonly definition: ColumnDefinition;
  /** Says in which order columns were written down: by it accessors, which standard decorators run first, find their place. */
  readonly sequence: number;
  readonly ranEarly: boolean;
}

/** What the decorator of an embedded object wrote down. */
export interface EmbeddedDeclaration {
  /** Its columns by field, such as `address.city`: always the same ones. */
  columns(field: string): ReadonlyMap<string, ColumnDeclaration>;
  /** Lets instances of a class be asked for the columns by these fields. */
  define(prototype: object, field: string): EmbeddedSchema;
}

/** A field as it is noted of the class that it stands in. */
export type NotedField =
  ColumnDeclaration | (Omit<ColumnDeclaration, 'definition'> & { readonly embedded: EmbeddedDeclaration });

/** A field that holds an object of which each field is a column. */
export interface EmbeddedSchema {
  readonly field: string;
  /** The fields inside. */
  readonly parts: readonly string[];
  /** Whether it may be null: it then is where all of its columns are NULL. */
  readonly nullable: boolean;
  /** The value of the field as the instance has it: an object of its class, or null. */
  toInstance(value: unknown, owner: string): unknown;
}

/** A column of a table. */
export interface ColumnSchema extends ColumnDefinition {
  /** The name of the field. */
  readonly property: string;
  readonly name: string;
  /** Its place in the table and in every row that we read. */
  readonly position: number;
  /** What stands for it in a statement. */
  readonly reference: Expression;
}
