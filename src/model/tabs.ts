import type { PragmaOptions, Pragmas } from '../database/index.js';
import type { TabPlatform } from '../driver/tabs.js';
import { DatabaseLockedError } from '../errors/index.js';
import { TabConnection } from '../port/index.js';
import { AsyncDatabase } from './async-database.js';
import { checkBreaker, guarded, type BreakerOption } from './breaker-option.js';
import type { OpenOptions } from './open-options.js';

/** Which database the tabs share, and how they get at it. */
interface DatabaseToShare {
  readonly name: string;
  readonly options: OpenOptions & BreakerOption;
  readonly platform: TabPlatform;
  readonly onDisk: boolean;
  /** What the driver is told in the worker. */
  readonly database: unknown;
}

/** Opens a database that the tabs of an origin share. Its pragmas are those that the tab with the worker has chosen. */
export async function openInTabs(shared: DatabaseToShare): Promise<AsyncDatabase> {
  const { name, options, platform, onDisk, database } = shared;
  const { readonly = false, statementCacheSize, queueTimeout } = options;
  checkBreaker(options);
  const chosen = pragmasOf(options);
  const connection = await TabConnection.open({
    platform,
    start: { name, database, pragmas: chosen, statementCacheSize, queueTimeout, readonly },
    isReplaceable: onDisk,
  });
  const pragmas = connection.host.pragmas as Pragmas;
  const other = Object.entries(pragmas).find(([key, value]) => ![undefined, value].includes(chosen[key]));
  if (other === undefined) return await AsyncDatabase.open(guarded(connection, options), { onDisk, pragmas }, options);
  await connection.close();
  throw new DatabaseLockedError(
    `The database "${name}" is open in another tab with ${other.join(' = ')}.`,
    'Close or reload that tab, or open it with the same option.',
  );
}

/** What of the options is about pragmas, and can be sent to a worker. */
function pragmasOf(options: OpenOptions): Readonly<Record<string, unknown>> {
  const given = pragmaOptions.map((key): [string, unknown] => [key, options[key]]);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

const pragmaOptions: readonly (keyof PragmaOptions)[] = [
  'busyTimeout',
  'cacheSize',
  'foreignKeys',
  'journalMode',
  'journalSizeLimit',
  'recursiveTriggers',
  'synchronous',
  'trustedSchema',
];
