import type { Pragmas } from '../database/index.js';
import { channelOver, type DispatchingPort, type EmittingPort } from '../driver/channel.js';
import { PortConnection } from '../port/index.js';
import { AsyncDatabase } from './async-database.js';
import { checkBreaker, guarded, type BreakerOption } from './breaker-option.js';
import type { OpenOptions } from './open-options.js';

/** What can be said of a database whose file is elsewhere: everything else is decided there. */
export type PortOpenOptions = BreakerOption &
  Pick<OpenOptions, 'actor' | 'alias' | 'lenient' | 'models' | 'onStatement' | 'queueTimeout' | 'replace'>;

/**
 * Opens a database that somebody shares over a port, by `shareDatabase`.
 *
 *     const db = await open(port, { models: [Note, Tag] });
 *     await Note.async().filter({ title: like('A%') }).all();
 *
 * Tables are neither made nor altered from here. What is not allowed throws `ForbiddenError`, raw SQL as a rule; the fields of
 * hidden columns are undefined. Throws `ConnectionLostError` where the port is closed at the other end.
 */
export async function openOverPort(
  port: EmittingPort | DispatchingPort,
  options: PortOpenOptions = {},
): Promise<AsyncDatabase> {
  checkBreaker(options);
  const connection = await PortConnection.connect(channelOver(port));
  const { pragmas, limits } = connection.host;
  const file = { onDisk: true, pragmas: pragmas as Pragmas, shown: limits?.shown };
  return await AsyncDatabase.open(guarded(connection, options), file, { ...options, schema: 'off' });
}
