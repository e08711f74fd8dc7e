/**
 * For the main process of Electron, or whichever has the file: lets windows use an open database over a port.
 *
 * @module
 */
export { Allowance, allow, shareDatabase, type AllowOptions, type ShareOptions } from './model/share.js';
export type { Operation } from './port/index.js';
export type { DispatchingPort, EmittingPort } from './driver/channel.js';
