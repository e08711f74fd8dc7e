export * from './port-connection.js';
export * from './serve.js';
