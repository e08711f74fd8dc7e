import { checkChoice, type PragmaOptions, type StatementEvent } from '../database/index.js';
import type { DatabaseState } from '../driver/state-trace.js';
import { nearest, UnsupportedError, type DecodeError } from '../errors/index.js';
import type { Of } from './face.js';

/** Options that every `open` takes. */
export interface OpenOptions extends PragmaOptions {
  /** The name by which models find the database; `default` unless said. */
  readonly alias?: string;
  /** The models whose tables stand in this database. */
  readonly models?: readonly Of<object>[];
  /**
   * What is done about tables at opening: `create` (the default) adds missing tables, indexes and columns where SQLite can add
   * them, and never alters anything else; `verify` only compares; `off` does neither. A difference that is not allowed throws
   * `SchemaDriftError` and changes nothing.
   */
  readonly schema?: 'create' | 'verify' | 'off';
  /**
   * Whether a stored value that its column cannot read comes as null and with a warning, where it else is a `DecodeError`: for
   * rescuing what a damaged file still has. A function is called instead of warning. `save` leaves such a value in the file as
   * it is unless the field is given another; to write null over it, use a query's `update`.
   */
  readonly lenient?: boolean | ((error: DecodeError) => void);
  /**
   * Whether touching a relation that was not loaded is an `UnloadedRelationError`, rather than that it is loaded then; and touching
   * a deferred column, an `UnloadedColumnError`. In the
   * asynchronous face it always is. A query's `strictLoading` says otherwise for its rows.
   */
  readonly strictLoading?: boolean;
  /**
   * Whether what SQLite deletes by ON DELETE CASCADE along with an instance is read before that, so that its delete events come, with
   * `cascade` as their source: one more statement for each foreign key and level, of models somebody listens to. `false` unless said.
   */
  readonly cascadeEvents?: boolean;
  /**
   * Says who does what events tell of: asked when something happens that somebody listens to, and only for a listener that asks for
   * `event.actor`, or that is called after the transaction. What a transaction was given as its `actor` goes before it.
   */
  readonly actor?: () => unknown;
  /** Whether every write is refused; the file must exist, and tables are verified at most. */
  readonly readonly?: boolean;
  /** Takes the alias over from the database that has it, which is closed. */
  readonly replace?: boolean;
  /** How many prepared statements are kept, and as many again of those that read bigint; 500 unless said. */
  readonly statementCacheSize?: number;
  /**
   * How long, in milliseconds, an asynchronous statement waits for one transaction of the same connection to end, before it is
   * a `TransactionQueueError`; 5,000 unless said.
   */
  readonly queueTimeout?: number;
  /** Called after each statement, the ones of opening included: see `Database.onStatement`. */
  readonly onStatement?: (event: StatementEvent) => void;
  /** Called with each state of the database, that of opening included: see `Database.onState`. */
  readonly onState?: (state: DatabaseState) => void;
}

/** Drivers have some of their own. */
const names = {
  alias: true,
  models: true,
  schema: true,
  lenient: true,
  strictLoading: true,
  cascadeEvents: true,
  actor: true,
  readonly: true,
  replace: true,
  statementCacheSize: true,
  queueTimeout: true,
  onStatement: true,
  onState: true,
  busyTimeout: true,
  journalMode: true,
  synchronous: true,
  foreignKeys: true,
  recursiveTriggers: true,
  trustedSchema: true,
  journalSizeLimit: true,
  cacheSize: true,
} as const satisfies Record<keyof OpenOptions, true>;

/** Refuses what `open` cannot mean; a misspelt option, too: a file opened with `readOnly` would be written. */
export function checkOptions(options: OpenOptions): void {
  for (const name of Object.keys(options)) {
    const meant = Object.hasOwn(names, name) ? undefined : nearest(name, Object.keys(names));
    if (meant !== undefined) throw new UnsupportedError(`open() has no option "${name}".`, `Did you mean "${meant}"?`);
  }
  const { alias = 'default', queueTimeout = 0, models = [], actor } = options;
  if (typeof alias !== 'string' || alias === '')
    throw new UnsupportedError('An alias is a name.', 'Give it as a text.');
  if (!Array.isArray(models)) throw new UnsupportedError('models is an array of models.', 'Give it as one.');
  if (!(queueTimeout >= 0))
    throw new UnsupportedError('queueTimeout is a number of milliseconds, or Infinity.', 'Give it as one.');
  if (actor !== undefined && typeof actor !== 'function')
    throw new UnsupportedError('actor is a function that says who it is.', 'Write { actor: () => currentUser }.');
  checkChoice('schema', ['create', 'verify', 'off'], schemaMode(options));
}

/** What is done about tables at opening. */
export const schemaMode = ({ schema = 'create', readonly = false }: OpenOptions): 'create' | 'verify' | 'off' =>
  readonly && schema === 'create' ? 'verify' : schema;

/** What is done about a stored value that does not decode. */
export function onUndecodable({ lenient = false }: OpenOptions): ((error: DecodeError) => void) | undefined {
  if (typeof lenient === 'function') return lenient;
  return lenient ? (error) => console.warn(`litemodel: ${error.message}`) : undefined;
}
