export * from './declare.js';
export * from './event.js';
export * from './relation-event.js';
export * from './relation-load-event.js';
export { cascades } from './cascades.js';
export { events } from './events.js';
export { listen, type AnyEventName, type AnyListener, type AnyListenerOptions } from './listeners.js';
