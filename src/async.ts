/**
 * Everything of `litemodel`, with models whose methods return promises: for apps whose database is asynchronous, such as pages
 * and Electron's renderers.
 *
 * @module
 */
export * from './index.js';
export { AsyncModel as Model, AsyncRepository as Repository, defineAsyncModel as defineModel } from './model/index.js';
export { asyncRecordSet as recordSet } from './record-set/index.js';
