import { UnsupportedError } from '../errors/index.js';
import { all, quote, statement, type Program } from '../sql/index.js';
import type { Capabilities } from '../driver/contract.js';
import { retryWhileBusy } from './retry-while-busy.js';

/** How SQLite keeps and guards the file; each is set at every open, for SQLite remembers few of them. */
export interface PragmaOptions {
  /** How long to wait for another connection's lock, in milliseconds; 5,000 unless said. A synchronous driver blocks meanwhile. */
  readonly busyTimeout?: number;
  /** `wal` unless said: readers and the writer do not wait for each other. Files only. https://sqlite.org/wal.html */
  readonly journalMode?: 'wal' | 'delete' | 'truncate' | 'persist' | 'memory' | 'off';
  /** `normal` unless said: safe against corruption, though a power cut may take the last commits. `full` keeps those, too. */
  readonly synchronous?: 'off' | 'normal' | 'full' | 'extra';
  /** Whether foreign keys are enforced; `true` unless said. */
  readonly foreignKeys?: boolean;
  /** Whether REPLACE fires delete triggers, and triggers may fire themselves; `true` unless said. */
  readonly recursiveTriggers?: boolean;
  /** Whether functions with side effects may run from the schema of the file; `false` unless said. */
  readonly trustedSchema?: boolean;
  /** How large the journal may stay after a checkpoint, in bytes; 64 MiB unless said. */
  readonly journalSizeLimit?: number;
  /** The page cache: pages, or kibibytes where negative; SQLite's default unless said. */
  readonly cacheSize?: number;
}

/** The pragmas in force, as SQLite tells them after they were set. */
export interface Pragmas {
  readonly journalMode: string;
  readonly synchronous: 'off' | 'normal' | 'full' | 'extra';
  readonly foreignKeys: boolean;
  readonly recursiveTriggers: boolean;
  readonly trustedSchema: boolean;
  readonly busyTimeout: number;
  readonly journalSizeLimit: number;
}

const defaultBusyTimeout = 5000;
const journalModes = ['wal', 'delete', 'truncate', 'persist', 'memory', 'off'];
const synchronousLevels = ['off', 'normal', 'full', 'extra'] as const;

/** The file that the pragmas are for. */
export interface PragmaFile {
  readonly onDisk: boolean;
  readonly readonly: boolean;
  /** Throws when the file is not what it should be, before anything in it is changed. */
  check(): Program<unknown>;
}

/** Sets the pragmas, the busy timeout before the ones that need the lock, and reads back what SQLite made of them. */
export function* setPragmas(options: PragmaOptions, { wal }: Capabilities, file: PragmaFile): Program<Pragmas> {
  const { journalMode, synchronous = 'normal', busyTimeout = defaultBusyTimeout } = options;
  const wanted = checkChoice('journalMode', journalModes, journalMode ?? 'wal');
  const set: [string, string][] = [
    ['synchronous', checkChoice('synchronous', synchronousLevels, synchronous)],
    ['foreign_keys', onOff(options.foreignKeys ?? true)],
    ['recursive_triggers', onOff(options.recursiveTriggers ?? true)],
    ['trusted_schema', onOff(options.trustedSchema ?? false)],
    ['journal_size_limit', integer('journalSizeLimit', options.journalSizeLimit ?? 64 * 1024 * 1024)],
  ];
  if (options.cacheSize !== undefined) set.push(['cache_size', integer('cacheSize', options.cacheSize)]);
  if (file.readonly) set.push(['query_only', 'ON']); // an image in memory is not opened as a file is
  yield* setPragma('busy_timeout', integer('busyTimeout', busyTimeout));
  if (file.onDisk && !file.readonly && (wal || journalMode !== undefined)) {
    yield* setJournalMode(wanted, file, busyTimeout);
  }
  for (const [name, value] of set) yield* setPragma(name, value, busyTimeout);
  const inForce = yield* readPragmas();
  checkInForce(options, inForce);
  return inForce;
}

/** The change of the journal mode needs the file for itself, which SQLite does not wait for when two processes want it. */
const setPragma = (name: string, value: string | number, busyTimeout = defaultBusyTimeout) =>
  retryWhileBusy(busyTimeout, () => all(statement(`PRAGMA ${name} = ${value}`)));

/** The journal mode stands in the file itself, so one that has something in it already is looked at first. */
function* setJournalMode(wanted: string, file: PragmaFile, busyTimeout: number): Program<void> {
  const [current] = yield* all(statement('PRAGMA journal_mode'));
  if (current?.[0] === wanted) return;
  const [pages] = yield* all(statement('PRAGMA page_count'));
  if (pages?.[0] !== 0) yield* file.check();
  yield* setPragma('journal_mode', wanted, busyTimeout);
}

/** Gives an attached file those of the pragmas that each file has for itself. */
export function* setAttachedPragmas(
  name: string,
  { journalMode, synchronous, journalSizeLimit, busyTimeout }: Pragmas,
): Program<void> {
  const ofFile = { journal_mode: journalMode, synchronous, journal_size_limit: journalSizeLimit };
  for (const [pragma, value] of Object.entries(ofFile)) {
    yield* setPragma(`${quote(name)}.${pragma}`, value, busyTimeout);
  }
}

function* readPragmas(): Program<Pragmas> {
  const names = ['journal_mode', 'synchronous', 'foreign_keys', 'recursive_triggers', 'trusted_schema'];
  const values: unknown[] = [];
  for (const name of [...names, 'busy_timeout', 'journal_size_limit']) {
    const [row] = yield* all(statement(`PRAGMA ${name}`));
    values.push(row?.[0]);
  }
  const [journalMode, synchronous, foreignKeys, recursiveTriggers, trustedSchema, busyTimeout, journalSizeLimit] =
    values;
  return {
    journalMode: String(journalMode),
    synchronous: synchronousLevels[Number(synchronous)]!,
    foreignKeys: foreignKeys === 1,
    recursiveTriggers: recursiveTriggers === 1,
    trustedSchema: trustedSchema === 1,
    busyTimeout: Number(busyTimeout),
    journalSizeLimit: Number(journalSizeLimit),
  };
}

/** Some builds leave a pragma out, and PRAGMA never fails: what the user asked for must hold. */
function checkInForce(options: PragmaOptions, inForce: Pragmas): void {
  const wanted = { foreignKeys: true, ...options };
  for (const name of Object.keys(inForce) as (keyof Pragmas)[]) {
    if (wanted[name] === undefined || wanted[name] === inForce[name]) continue;
    throw new UnsupportedError(
      `This database does not take ${name} = ${String(wanted[name])}; it stays ${String(inForce[name])}.`,
      'Leave the option out, or use a build and a file system that support it.',
    );
  }
}

const onOff = (value: boolean): string => (value ? 'ON' : 'OFF');

function integer(name: string, value: number): string {
  if (Number.isSafeInteger(value)) return String(value);
  throw new UnsupportedError(`${name} is a whole number.`, 'Give it as one.');
}

/** Refuses what an option does not know: in JavaScript, and in settings read from a file, nothing else would. */
export function checkChoice<Choice extends string>(name: string, known: readonly Choice[], value: Choice): Choice {
  if (known.includes(value)) return value;
  throw new UnsupportedError(`${name} is one of ${known.join(', ')}.`, 'Give it as one of them.');
}
