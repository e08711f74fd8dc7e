import { mismatch, type ColumnType } from '../schema/index.js';
import { insideJson } from './json-path.js';

/** Any JSON value as text, which SQLite's JSON functions read and people can, too. https://sqlite.org/json1.html */
export const jsonType: ColumnType<unknown> = {
  name: 'json',
  storage: 'TEXT',
  expected: 'a value that JSON can hold',
  encode: (value) => JSON.stringify(value) ?? mismatch(),
  decode: (stored) => (typeof stored === 'string' ? (JSON.parse(stored) as unknown) : mismatch()),
  check: (column) => `json_valid(${column})`,
  inside: insideJson,
};
