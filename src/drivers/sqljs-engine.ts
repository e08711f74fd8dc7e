import type { Capabilities } from '../driver/contract.js';
import { DriverUnavailableError } from '../errors/index.js';
import type { RawDatabase, RawModule, RawStatement, SqlJsModule } from './sqljs-module.js';

/** What is known of one build of sql.js. */
export interface Engine {
  readonly module: RawModule;
  /** The address of SQLite's statement, or 0 once it is freed. */
  readonly addressOf: (statement: RawStatement) => number;
  readonly capabilities: Capabilities;
  /** Whether it binds text only up to its first NUL, as sql.js 1.14 and the FTS5 bundles of its time do. */
  readonly cutsText: boolean;
}

const engines = new WeakMap<SqlJsModule, Engine>();

export function engineOf(module: SqlJsModule): Engine {
  const known = engines.get(module);
  if (known !== undefined) return known;
  if (!isRawModule(module)) throw unknownBuild();
  const database = new module.Database();
  const engine: Engine = {
    module,
    addressOf: findAddress(database),
    capabilities: probe(database),
    cutsText: readColumn(database, 'SELECT length(CAST(? AS BLOB))', ['a\0b'])[0] !== 3,
  };
  database.close();
  engines.set(module, engine);
  return engine;
}

function isRawModule(module: SqlJsModule): module is RawModule {
  const names = ['step', 'reset', 'bind_int', 'column_bytes', 'column_double'] as const;
  return names.every((name) => typeof (module as RawModule)[`_sqlite3_${name}`] === 'function');
}

/** Each build names the property otherwise, but it is the only number beside the position of the next column, which is 1. */
function findAddress(database: RawDatabase): (statement: RawStatement) => number {
  const statement = database.prepare('SELECT 1');
  const properties = statement as unknown as Record<string, unknown>;
  const name = Object.keys(properties).find((key) => typeof properties[key] === 'number' && properties[key] > 1);
  statement.free();
  if (name === undefined) throw unknownBuild();
  return (owner) => (owner as unknown as Record<string, number>)[name]!;
}

const unknownBuild = () =>
  new DriverUnavailableError('This build of sql.js is not one that litemodel knows.', 'Use sql.js 1.13 or newer.');

function probe(database: RawDatabase): Capabilities {
  const modules = readColumn(database, 'PRAGMA module_list');
  return {
    driver: 'sqljs',
    sqliteVersion: String(readColumn(database, 'SELECT sqlite_version()')[0]),
    sync: true,
    interactiveTransactions: true,
    userVersion: true,
    attach: false,
    wal: false,
    fts5: modules.includes('fts5'),
    rtree: modules.includes('rtree'),
    strictNames: false, // and no way to make it so
    updateHook: 'updateHook' in database,
  };
}

/** The values of the first column. */
export function readColumn(database: RawDatabase, sql: string, parameters: readonly unknown[] = []): unknown[] {
  const statement = database.prepare(sql);
  statement.bind(parameters);
  const values: unknown[] = [];
  while (statement.step()) values.push(statement.get(null)[0]);
  statement.free();
  return values;
}
