import {
  columnDefinition,
  declareColumn,
  type Column,
  type ColumnOptions,
  type NullableColumn,
  type UncheckedColumn,
} from '../schema/index.js';
import { jsonType } from './json-type.js';

/**
 * Any value that JSON can hold: `TEXT CHECK (json_valid(…))`. `save` sees changes inside it; `filter` reaches inside it.
 *
 *     @json<Settings>() settings!: Settings;
 *     User.filter({ settings: { theme: 'dark' } });         // … WHERE json_extract("settings", ?) = ?
 *
 * `json<Settings>()` is compared with the field's type; a bare `json()` is not. https://sqlite.org/json1.html
 */
export function json<Value = never>(
  options: ColumnOptions<Value> & { readonly nullable: true },
): JsonColumn<Value, true>;
export function json<Value = never>(
  options: ColumnOptions<Value> & { readonly default: unknown & {} },
): JsonColumn<Value, false, true>;
export function json<Value = never>(options?: ColumnOptions<Value>): JsonColumn<Value>;
export function json(options: ColumnOptions<unknown> = {}): never {
  return declareColumn(jsonType, columnDefinition('json', options));
}

/** A JSON column: compared with its field when the type is given, and with no field when it is not. */
export type JsonColumn<Value, Nullable extends boolean = false, Defaulted extends boolean = false> = [Value] extends [
  never,
]
  ? UncheckedColumn
  : Nullable extends true
    ? NullableColumn<Value>
    : Column<Value, Defaulted>;
