import type { TabPlatform } from '../driver/tabs.js';
import { TabConnection } from '../port/index.js';
import { AsyncDatabase } from './async-database.js';
import type { OpenOptions } from './model-database.js';
import { prepareWorker } from './workers.js';

/** Which database the tabs share, and how they get at it. */
interface DatabaseToShare {
  readonly name: string;
  readonly options: OpenOptions;
  readonly platform: TabPlatform;
  readonly onDisk: boolean;
  /** What the worker is told to begin with. */
  readonly start: unknown;
}

/** Opens a database that the tabs of an origin share. */
export async function openInTabs({ name, options, platform, onDisk, start }: DatabaseToShare): Promise<AsyncDatabase> {
  const { readonly = false } = options;
  const connection = await TabConnection.open({
    platform,
    name,
    start,
    prepare: (worker) => prepareWorker(worker, readonly, options),
  });
  return await AsyncDatabase.open(connection, { onDisk }, options);
}
