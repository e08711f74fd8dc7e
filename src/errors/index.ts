export * from './orm-error.js';
export * from './database-errors.js';
export * from './hook-errors.js';
export * from './model-errors.js';
export * from './query-errors.js';
export * from './connection-errors.js';
export { errorsByCode } from './by-code.js';
export { didYouMean, nearest } from './suggest.js';
