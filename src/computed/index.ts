export * from './computed.js';
