export * from './json-column.js';
export * from './json-type.js';
