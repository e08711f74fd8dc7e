import type { SqlValue } from '../sql/index.js';

/** Whether two stored values are the same; in a table read as bigint an integer may be either. */
export function isSameValue(a: SqlValue, b: SqlValue): boolean {
  if (a === b) return true;
  if (typeof a === 'bigint' || typeof b === 'bigint') {
    return typeof a !== 'string' && typeof b !== 'string' && a == b; // eslint-disable-line eqeqeq -- 1n == 1
  }
  return a instanceof Uint8Array && b instanceof Uint8Array && isSameBytes(a, b);
}

const isSameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, index) => byte === b[index]);
