import { mismatch, type ColumnType } from '../schema/index.js';
import { checkJsonOperand, insideJson } from './json-path.js';

/** JSON.stringify writes null for NaN, the infinities and an absent element, which would then read back as null. */
function encodeJson(value: unknown): string {
  const text = JSON.stringify(value) ?? mismatch();
  if (text.includes('null')) JSON.stringify(value, refuseNull);
  return text;
}

function refuseNull(this: Readonly<Record<string, unknown>>, key: string, part: unknown): unknown {
  if (part === null && this[key] !== null) return mismatch(); // an invalid Date
  if (typeof part === 'number' && !Number.isFinite(part)) return mismatch();
  return part === undefined && Array.isArray(this) ? mismatch() : part;
}

/** Any JSON value as text, which SQLite's JSON functions read and people can, too. https://sqlite.org/json1.html */
export const jsonType: ColumnType<unknown> = {
  name: 'json',
  storage: 'TEXT',
  expected: 'a value that JSON can hold',
  encode: encodeJson,
  decode: (stored) => (typeof stored === 'string' ? (JSON.parse(stored) as unknown) : mismatch()),
  check: (column) => `json_valid(${column})`,
  checkOperand: checkJsonOperand,
  inside: insideJson,
};
