export * from './declare.js';
export { every, none, some } from './quantifier.js';
export type { ModelThunk } from './key-relation.js';
