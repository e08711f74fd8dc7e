/**
 * The script of a worker: not imported, but started.
 *
 * @module
 */
import { serve } from './sqlite-wasm-worker.js';

serve();
