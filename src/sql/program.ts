import type { SqlValue } from './value.js';

/** A statement as text, ready to be prepared. */
export interface CompiledStatement {
  readonly sql: string;
  /** Whether integers must be read as bigint: a column of the result can hold more than 2^53. */
  readonly bigints: boolean;
}

/** A row as the driver gives it: the values in the order of the result columns. */
export type Row = unknown[];

/** What a statement that returns no rows did. */
export interface RunResult {
  /** Rows inserted, updated or deleted by the statement itself, not by triggers or cascades. */
  readonly changes: number;
  /** The rowid of the last insert on the connection: meaningful only right after an INSERT into a rowid table. */
  readonly lastInsertRowid: number | bigint;
}

/** Asks for all the rows of a statement. */
export interface AllCommand {
  readonly method: 'all';
  readonly statement: CompiledStatement;
  readonly parameters: readonly SqlValue[];
}

/** Asks for what a statement changed. */
export interface RunCommand {
  readonly method: 'run';
  readonly statement: CompiledStatement;
  readonly parameters: readonly SqlValue[];
}

/** Runs a function of the user's and waits for it where it is asynchronous. */
export interface CallCommand {
  readonly method: 'call';
  readonly work: () => unknown;
}

/** Waits, before a busy database is tried again. */
export interface SleepCommand {
  readonly method: 'sleep';
  readonly milliseconds: number;
}

/** One step of a program. */
export type Command = AllCommand | RunCommand | CallCommand | SleepCommand;

/**
 * An operation that needs the results of its statements, written once for every engine: a generator that yields commands and
 * is resumed with their results. One runner drives it directly, another with `await`.
 */
export type Program<Result> = Generator<Command, Result, unknown>;

/** All the rows of a statement. */
export function* all(statement: CompiledStatement, parameters: readonly SqlValue[] = []): Program<Row[]> {
  return (yield { method: 'all', statement, parameters }) as Row[];
}

/** What a statement changed. */
export function* run(statement: CompiledStatement, parameters: readonly SqlValue[] = []): Program<RunResult> {
  return (yield { method: 'run', statement, parameters }) as RunResult;
}

/** A statement that is the same at each call, such as BEGIN. */
export const statement = (sql: string): CompiledStatement => ({ sql, bigints: false });
