export type { WorkerStart } from './messages.js';
export * from './port-connection.js';
export * from './serve.js';
export * from './worker-pool.js';
export * from './tab-connection.js';
export * from './tab-host.js';
export { Grants, type Grant, type Operation } from './untrusted-grant.js';
export * from './untrusted-serve.js';
