import type { Reference } from '../query/index.js';

/** That one instance refers to another. */
export interface Link {
  readonly from: object;
  readonly to: object;
  readonly reference: Reference;
}

/** Links by the instance that refers. */
export type Links = ReadonlyMap<object, readonly Link[]>;

/** Whether the row can be written with NULL in place of the key. */
export const isNullable = ({ reference }: Link): boolean => reference.columns.some(({ nullable }) => nullable);
