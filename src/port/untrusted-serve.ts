import type { ConnectedDatabase } from '../database/index.js';
import type { Channel } from '../driver/channel.js';
import { serve, serveFailure } from './serve.js';
import { UntrustedChannel } from './untrusted-channel.js';
import { admit } from './untrusted-command.js';
import type { Grants } from './untrusted-grant.js';

/** How a database is shared with somebody whom nobody trusts. */
export interface UntrustedServeOptions {
  /** What may be done; anything, and by SQL, where nothing is said. */
  readonly grants: Grants | undefined;
  readonly pragmas: unknown;
  /** Is awaited before the client is told that the database is there; what it throws is what the client is told. */
  readonly prepare: () => Promise<unknown>;
}

/** Lets a client use what is granted of a database. Call what is returned to take the database away from it. */
export function serveUntrusted(
  channel: Channel,
  database: ConnectedDatabase,
  { grants, pragmas, prepare }: UntrustedServeOptions,
): () => void {
  const guarded = new UntrustedChannel(channel, grants && { shown: shownBy(grants) });
  prepare().then(
    () => {
      const check = grants && ((command: unknown) => admit(command, grants, database.schemaNames));
      if (!guarded.isClosed) serve(guarded, database, { pragmas, ...(check && { admit: check }) });
    },
    (error: unknown) => serveFailure(guarded, error),
  );
  return () => guarded.close();
}

function shownBy(grants: Grants): Record<string, string[]> {
  return Object.fromEntries(
    grants.all.map(({ schema, columns }) => [
      schema.name,
      [...columns.values()].filter(({ hidden }) => hidden).map(({ name }) => name),
    ]),
  );
}
