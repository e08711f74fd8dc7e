export * from './declare.js';
export * from './event.js';
export { events } from './events.js';
export { listen } from './listeners.js';
