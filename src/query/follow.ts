import type { TableSchema } from '../schema/index.js';
import type { Row } from '../sql/index.js';
import { changedColumns } from './changed.js';

type Fields = Record<string, unknown>;

/** Makes anew what follows from fields that changed, and what was assigned to instead. */
export function follow(schema: TableSchema, instance: object, row: Row): void {
  const changed = changedColumns(schema)(instance as Fields, row).map(({ property }) => property);
  for (const { property, follows } of schema.following!) {
    const isOld = [property, ...follows!.fields].some((field) => changed.includes(field));
    if (isOld) (instance as Fields)[property] = follows!.make(instance);
  }
}
