export { connectSqliteWasm, connectSqliteWasmFile } from './sqlite-wasm-connection.js';
export type { Place } from './sqlite-wasm-handle.js';
export {
  loadSqliteWasm,
  type InitSqliteWasm,
  type SqliteWasmConfiguration,
  type SqliteWasmModule,
  type SqliteWasmOptions,
} from './sqlite-wasm-module.js';
export { openOpfsDirectory, type OpfsDirectory, type OpfsFileOptions, type OpfsOptions } from './sqlite-wasm-opfs.js';
export { openInWorker, type SqliteWasmOpened } from './sqlite-wasm-start.js';
