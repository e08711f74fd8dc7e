import { InvalidValueError, MissingFieldError } from '../errors/index.js';
import type { ColumnSchema, TableSchema } from '../schema/index.js';
import type { Row } from '../sql/index.js';
import { changedColumns } from './changed.js';
import { encodeValue } from './compile-where.js';

type Fields = Record<string, unknown>;

/** Makes anew what follows from fields that changed, and what was assigned to instead. */
export function follow(schema: TableSchema, instance: object, row: Row): void {
  const changed = unlessRefused(() => changedColumns(schema)(instance as Fields, row))?.map(({ property }) => property);
  if (changed === undefined) return;
  for (const column of schema.following!) {
    const isOld = [column.property, ...column.follows!.fields].some((field) => changed.includes(field));
    if (isOld) make(schema, instance, column);
  }
}

/** Makes what follows from fields, if each of them has a value that its column takes: or else rules or the write find that. */
export function make(schema: TableSchema, instance: object, { property, follows }: ColumnSchema): void {
  const fields = instance as Fields;
  const isMade = unlessRefused(() =>
    follows!.fields.every((field) => {
      const value = fields[field];
      if (value !== undefined) encodeValue(field, schema.column(field), value);
      return value !== undefined;
    }),
  );
  if (isMade === true) fields[property] = follows!.make(instance);
}

/** What is asked; `undefined` where a field has a value that its column does not take, or an embedded object lacks one. */
function unlessRefused<Answer>(ask: () => Answer): Answer | undefined {
  try {
    return ask();
  } catch (error) {
    if (error instanceof InvalidValueError || error instanceof MissingFieldError) return undefined;
    throw error;
  }
}
