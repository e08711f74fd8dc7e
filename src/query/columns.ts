import { UnknownFieldError } from '../errors/index.js';
import type { ColumnSchema, TableSchema } from '../schema/index.js';
import {
  column as columnReference,
  toSyntax,
  type Expression,
  type operandType,
  type SqlChunk,
  type TableReference,
} from '../sql/index.js';
import type { FieldOf } from './fields.js';

declare const holds: unique symbol;

/** A column as a value in SQL: wherever a value may stand, and inside `sql` templates. */
export class ColumnValue<Value> implements SqlChunk<NonNullable<Value>> {
  /** @internal */
  readonly column: ColumnSchema;
  /** @internal */
  readonly expression: Expression;
  /** Only for the compiler. */
  declare protected readonly [holds]: Value;
  declare readonly [operandType]?: NonNullable<Value>;

  /** @internal */
  constructor(column: ColumnSchema, expression: Expression) {
    this.column = column;
    this.expression = expression;
  }

  /** @internal */
  [toSyntax](): Expression {
    return this.expression;
  }
}

/** The columns of a model by the names of its fields. Inside a `sql` template it is the table itself. */
export type ColumnsOf<Instance> = { readonly [Field in FieldOf<Instance>]: ColumnValue<Instance[Field]> } & SqlChunk;

/** The columns of a table, under an alias where it stands in a statement twice. */
export function columnsOf<Instance>(table: TableSchema, alias: string | undefined): ColumnsOf<Instance> {
  const reference: TableReference = alias === undefined ? table.reference : { ...table.reference, alias };
  const columns = Object.fromEntries(
    table.columns.map((column) => {
      // the table's own reference is known to `page` and `iterate`, which go on behind a row by it
      const expression =
        alias === undefined ? column.reference : (column.computed ?? columnReference(reference, column.name));
      return [column.property, new ColumnValue(column, expression)];
    }),
  );
  const known = { ...columns, [toSyntax]: () => reference };
  return new Proxy(known, {
    get(target, name, receiver): unknown {
      if (typeof name === 'string' && !Object.hasOwn(target, name)) {
        throw new UnknownFieldError(table.modelName, name, Object.keys(columns));
      }
      return Reflect.get(target, name, receiver);
    },
  }) as unknown as ColumnsOf<Instance>;
}
