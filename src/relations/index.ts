export * from './belongs-to-any.js';
export * from './declare.js';
export type { NullableRelation, RelationToMany, RelationToOne } from './decorator.js';
export * from './many-to-many.js';
export { ofModel } from './of-model.js';
export { every, none, some } from './quantifier.js';
export { relate } from './relate.js';
export { hasManyThrough, hasOneThrough, type FirstOf } from './through.js';
export type { ModelThunk } from './relation.js';
