/**
 * The script of a worker thread: not imported, but started.
 *
 * @module
 */
import { serve } from './better-sqlite3-worker.js';

serve();
