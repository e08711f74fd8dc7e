export * from './aliases.js';
export * from './database.js';
export * from './events.js';
export * from './pragmas.js';
export * from './runners.js';
export * from './transaction.js';
export * from './transaction-stack.js';
export * from './translate-error.js';
