/**
 * Databases without SQLite, for tests.
 *
 * @module
 */
export { inMemory, InMemoryDatabase } from './model/in-memory-database.js';
