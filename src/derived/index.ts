export {
  averageOf,
  countOf,
  maxOf,
  minOf,
  sumOf,
  type Aggregate,
  type AggregateName,
  type OwnerOf,
  type RowConditions,
} from './aggregate.js';
export { fromFields, type FieldFunction } from './from-fields.js';
export { derived, type DerivedColumn, type DerivedValue, type NullableDerivedColumn } from './declare.js';
