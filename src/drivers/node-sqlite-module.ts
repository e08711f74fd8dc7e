import type { BoundValue } from '../driver/contract.js';
import { DriverUnavailableError } from '../errors/index.js';

/** The part of `StatementSync` of node:sqlite that we use. */
export interface NodeSqliteStatement {
  /** The text of the one statement that was compiled; SQLite ignores what follows it. */
  readonly sourceSQL: string;
  /** Every row. */
  all(...parameters: readonly BoundValue[]): unknown[];
  /** Runs it for its effect; the changes are those of the last INSERT, UPDATE or DELETE, whenever that was. */
  run(...parameters: readonly BoundValue[]): {
    readonly changes: number | bigint;
    readonly lastInsertRowid: number | bigint;
  };
  /** The result columns. */
  columns(): { readonly name: string }[];
  /** Whether integers come as bigint; those that a number cannot hold throw where they do not. */
  setReadBigInts(enabled: boolean): void;
  /** Whether rows come as arrays. */
  setReturnArrays(enabled: boolean): void;
}

/** The part of `DatabaseSync` of node:sqlite that we use, and what an `onOpen` callback is likely to. */
export interface NodeSqliteDatabase {
  /** Whether it has not been closed. */
  readonly isOpen: boolean;
  /** Whether a transaction is open; throws once the database is closed. */
  readonly isTransaction: boolean;
  /** Compiles the first statement of a text. */
  prepare(sql: string): NodeSqliteStatement;
  /** Runs a script. */
  exec(script: string): void;
  /** Closes the file. */
  close(): void;
  /** Loads an extension of SQLite from a shared library, where `allowExtension` was given. */
  loadExtension(path: string): void;
}

/** `DatabaseSync` of node:sqlite. */
export type NodeSqliteConstructor = new (
  path: string | URL,
  options: { readonly readOnly: boolean; readonly allowExtension: boolean; readonly timeout: number },
) => NodeSqliteDatabase;

/** The part of node:sqlite that we use. */
export interface NodeSqliteModule {
  readonly DatabaseSync: NodeSqliteConstructor;
  readonly StatementSync: { readonly prototype: object };
}

/** How a module of Node itself is loaded: `process.getBuiltinModule`, which no bundler sees. */
export type LoadBuiltin = (name: string) => unknown;

/** Node's modules; there are none outside of Node. */
export const loadBuiltin: LoadBuiltin = (name) => {
  const { process } = globalThis as { process?: { getBuiltinModule?: LoadBuiltin } };
  return process?.getBuiltinModule?.(name);
};

/**
 * Loads node:sqlite. 22.16 is the first version of Node that tells columns and open transactions and returns rows as arrays;
 * Node 23 never did, and 24 always does.
 */
export function loadNodeSqlite(load: LoadBuiltin): NodeSqliteModule {
  const module = load('node:sqlite') as NodeSqliteModule | undefined;
  if (module !== undefined && 'setReturnArrays' in module.StatementSync.prototype) return module;
  const { process } = globalThis as { process?: { versions?: { node?: string } } };
  throw new DriverUnavailableError(
    `node:sqlite needs Node 22 from 22.16 on, or Node 24 or newer, and this is ${runtimeName(process?.versions?.node)}.`,
    'Use such a Node, without --no-experimental-sqlite, or open with litemodel/better-sqlite3.',
  );
}

const runtimeName = (version: string | undefined): string => (version === undefined ? 'not Node' : `Node ${version}`);
