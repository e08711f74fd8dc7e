/**
 * For windows of Electron, or whoever has no file: a database that somebody else shares over a port.
 *
 * @module
 */
export { openOverPort as open, type PortOpenOptions } from './model/port-database.js';
export type { DispatchingPort, EmittingPort } from './driver/channel.js';
