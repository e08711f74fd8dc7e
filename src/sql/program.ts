import type { SqlValue } from './value.js';

/** A statement as text, ready to be prepared. */
export interface CompiledStatement {
  readonly sql: string;
  /** Whether integers must be read as bigint: a column of the result can hold more than 2^53. */
  readonly bigints: boolean;
  /** Whether it certainly writes nothing, so that another connection may answer it. */
  readonly reads?: boolean;
  /** Whether its only row is one text of all the rows that it found; see `unpack`. */
  readonly packed?: boolean;
  /** The same as plain data, where the engine takes that and no text; see `plainSyntax`. */
  readonly syntax?: unknown;
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

/** Asks for all the rows of a statement with the names of their columns. */
export interface NamedCommand {
  readonly method: 'named';
  readonly statement: CompiledStatement;
  readonly parameters: readonly SqlValue[];
}

/** Rows with the names of their columns, which are those of this run. */
export interface NamedRows {
  readonly names: readonly string[];
  readonly rows: Row[];
}

/** What a statement is, as far as SQLite knows it before it runs. */
export interface StatementNames {
  /** The names of the columns that it will return. */
  readonly names: readonly string[];
  /** Whether it certainly writes nothing. */
  readonly reads: boolean;
}

/** Asks for the names of the columns that a statement will return, without running it. */
export interface NamesCommand {
  readonly method: 'names';
  readonly statement: CompiledStatement;
}

/** Runs a script of any number of statements without parameters. */
export interface ScriptCommand {
  readonly method: 'script';
  readonly text: string;
}

/** Opens a transaction, or the savepoint that is named. */
export interface BeginCommand {
  readonly method: 'begin';
  readonly mode: TransactionMode;
  readonly savepoint: string | undefined;
}

/** How a transaction takes its locks. https://sqlite.org/lang_transaction.html */
export type TransactionMode = 'deferred' | 'immediate' | 'exclusive';

/** Keeps or undoes what was done in the transaction, or in the savepoint that is named. */
export interface EndCommand {
  readonly method: 'commit' | 'rollBack';
  readonly savepoint: string | undefined;
}

/** Runs a whole program in a transaction that nothing else gets into. */
export interface TransactionCommand {
  readonly method: 'transaction';
  readonly body: () => Program<unknown>;
  readonly mode: TransactionMode;
  /** Who does what is done in it, where that was said. */
  readonly actor?: unknown;
}

/** Runs a function of the user's and waits for it where it is asynchronous. */
export interface CallCommand {
  readonly method: 'call';
  /** It is given the scope that it runs in, for what the user starts in there. */
  readonly work: (scope: unknown) => unknown;
  /** Whether it follows what cannot be undone any more, so that giving up comes too late. */
  readonly isFinal?: boolean;
}

/** Waits, before a busy database is tried again. */
export interface SleepCommand {
  readonly method: 'sleep';
  readonly milliseconds: number;
}

/** What the engine is asked for. */
export type EngineCommand =
  AllCommand | RunCommand | NamedCommand | NamesCommand | ScriptCommand | BeginCommand | EndCommand;

/** Whether a command certainly writes nothing, so that another connection may answer it. */
export const isRead = (command: Command): boolean =>
  command.method === 'names' || ('statement' in command && command.statement.reads === true);

/** One step of a program. */
export type Command = EngineCommand | TransactionCommand | CallCommand | SleepCommand;

/**
 * An operation that needs the results of its statements, written once for every engine: a generator that yields commands and
 * is resumed with their results. One runner drives it directly, another with `await`.
 */
export type Program<Result> = Generator<Command, Result, unknown>;

/** All the rows of a statement. */
export function* all(statement: CompiledStatement, parameters: readonly SqlValue[] = []): Program<Row[]> {
  return (yield { method: 'all', statement, parameters }) as Row[];
}

/** The rows that a statement found, where it says them in one JSON text and how many there are; `undefined` where some are left out. */
export function unpack([answer]: readonly Row[]): Row[] | undefined {
  const [text, count] = answer as [text: string | null, count: number];
  const rows = text === null ? undefined : (JSON.parse(text) as Row[]);
  return rows?.length === count ? rows : undefined;
}

/** How many rows such a statement found, those left out included. */
export const countOf = ([answer]: readonly Row[]): number => answer![1] as number;

/** All the rows of a statement, with the names of their columns. */
export function* named(statement: CompiledStatement, parameters: readonly SqlValue[]): Program<NamedRows> {
  return (yield { method: 'named', statement, parameters }) as NamedRows;
}

/** The columns that a statement will return. */
export function* namesOf(statement: CompiledStatement): Program<StatementNames> {
  return (yield { method: 'names', statement }) as StatementNames;
}

/** What a statement changed. */
export function* run(statement: CompiledStatement, parameters: readonly SqlValue[] = []): Program<RunResult> {
  return (yield { method: 'run', statement, parameters }) as RunResult;
}

/** A statement that is the same at each call, such as BEGIN. */
export const statement = (sql: string): CompiledStatement => ({ sql, bigints: false });
