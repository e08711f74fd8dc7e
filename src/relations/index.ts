export * from './declare.js';
export type { ModelThunk } from './key-relation.js';
