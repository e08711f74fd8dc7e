export * from './declare.js';
export type { NullableRelation, RelationToMany, RelationToOne } from './decorator.js';
export * from './many-to-many.js';
export { every, none, some } from './quantifier.js';
export { relate } from './relate.js';
export type { ModelThunk } from './relation.js';
