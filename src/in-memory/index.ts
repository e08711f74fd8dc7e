export { InMemoryConnection } from './connection.js';
