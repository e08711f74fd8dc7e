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
export { derived, type DerivedColumn } from './declare.js';
