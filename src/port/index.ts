export type { WorkerStart } from './messages.js';
export * from './port-connection.js';
export * from './serve.js';
export * from './worker-pool.js';
export * from './multiplex.js';
export * from './tab-connection.js';
export { Grants, type Grant, type Operation } from './untrusted-grant.js';
export * from './untrusted-serve.js';
