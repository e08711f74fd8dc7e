export * from './database.js';
export * from './face.js';
export * from './image-database.js';
export type { ModelHome } from './binding.js';
export * from './model.js';
export * from './raw-sql.js';
export * from './table.js';
export * from './transaction.js';
