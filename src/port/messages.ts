import type { Capabilities } from '../driver/contract.js';
import type { BeginCommand, EndCommand, SqlValue } from '../sql/index.js';
import type { PlainError } from './plain-error.js';

/** A statement as it travels; its text is empty where its syntax travels instead. */
export interface PlainStatement {
  readonly sql: string;
  readonly bigints: boolean;
  readonly reads?: boolean;
  readonly syntax?: unknown;
}

/** An engine command as it travels: plain data, that is. */
export type PlainCommand =
  | {
      readonly method: 'all' | 'run' | 'named';
      readonly statement: PlainStatement;
      readonly parameters: readonly SqlValue[];
    }
  | { readonly method: 'names'; readonly statement: PlainStatement }
  | { readonly method: 'script'; readonly text: string }
  | BeginCommand
  | EndCommand;

/** What a client asks of a host: a command, more of an answer, or to forget about one. */
export type Request =
  | { readonly id: number; readonly scope: number; readonly command: PlainCommand }
  | { readonly more: number }
  | { readonly abort: number };

/** What a host says: who it is, an answer or a part of one, or what went wrong. Messages are sent in arrays, in both directions. */
export type Reply =
  | { readonly ready: HostState }
  | { readonly id: number; readonly value: unknown; readonly inTransaction: boolean; readonly wasQuick?: boolean }
  | { readonly id: number; readonly rows: readonly unknown[][] }
  | { readonly id: number; readonly error: PlainError; readonly inTransaction: boolean }
  | { readonly failed: PlainError };

/** What a client has to know of its host. */
export interface HostState {
  readonly capabilities: Capabilities;
  /** The pragmas in force, where the host has set them and others use the file, too. */
  readonly pragmas?: unknown;
  /** How the client is limited, which then sends syntax and no SQL. */
  readonly limits?: Limits;
}

/** What a client has to know of its limits, to ask for nothing that it does not get. */
export interface Limits {
  /** The hidden columns that it may use all the same, by table. */
  readonly shown: Readonly<Record<string, readonly string[]>>;
}

/** What a worker thread is started with. */
export interface WorkerStart {
  /** Whether it is one of several that only read. */
  readonly isReader: boolean;
  readonly path: string;
  readonly options: { readonly readonly: boolean; readonly fileMustExist: boolean };
  readonly statementCacheSize: number | undefined;
}

/** How many rows one message carries: what takes a millisecond or two to read. */
export const rowsPerMessage = 1000;

/** How many messages of one answer may be under way at once, so that none piles up where somebody is busy. */
export const messagesAhead = 4;
