import { MessageChannel } from 'node:worker_threads';
import { onTestFinished } from 'vitest';
import { ConnectedDatabase } from '../../src/database/index.js';
import { channelOver, type Channel } from '../../src/driver/channel.js';
import type { AsyncConnection, Connection } from '../../src/driver/contract.js';
import { connectBetterSqlite3 } from '../../src/drivers/better-sqlite3.js';
import { PortConnection, serve, type ServeOptions } from '../../src/port/index.js';
import type { EngineCommand } from '../../src/sql/index.js';

/** Both ends of a real port, of which each tells what it sends. */
export interface Line {
  readonly client: Channel;
  readonly host: Channel;
  /** Whole messages, each an array. */
  readonly sent: { readonly client: unknown[][]; readonly host: unknown[][] };
  /** Holds back what comes to the client until the function that it returns is called. */
  holdClient(): () => void;
  /** Ends both sides, as if the host's process were gone. */
  cut(): void;
}

export function openLine(): Line {
  const { port1, port2 } = new MessageChannel();
  const sent = { client: [] as unknown[][], host: [] as unknown[][] };
  let held: unknown[] | undefined;
  let receive: (message: unknown) => void;
  const noting = (channel: Channel, messages: unknown[][]): Channel => ({
    ...channel,
    post: (message) => {
      messages.push(message as unknown[]);
      channel.post(message);
    },
  });
  const client = noting(channelOver(port1), sent.client);
  const host = noting(channelOver(port2), sent.host);
  onTestFinished(() => port2.close());
  return {
    client: {
      ...client,
      listen: (listener) => {
        receive = listener;
        client.listen((message) => (held === undefined ? listener(message) : void held.push(message)));
      },
    },
    host,
    sent,
    holdClient: () => {
      held = [];
      return () => {
        const messages = held!;
        held = undefined;
        for (const message of messages) receive(message);
      };
    },
    cut: () => port2.close(),
  };
}

/** A database that is served, with as many clients as are connected. */
export class Served {
  readonly database: ConnectedDatabase;

  constructor(connection: Connection | AsyncConnection = connectBetterSqlite3(':memory:')) {
    this.database = new ConnectedDatabase(connection, { alias: 'served', queueTimeout: 10_000 });
    onTestFinished(() => void this.database.disconnect());
  }

  async connect(line = openLine(), options?: ServeOptions): Promise<PortConnection> {
    serve(line.host, this.database, options);
    return await PortConnection.connect(line.client);
  }
}

export const query = (sql: string, ...parameters: number[]) =>
  ({ method: 'all', statement: { sql, bigints: false, reads: true }, parameters }) satisfies EngineCommand;
export const write = (sql: string, ...parameters: number[]) =>
  ({ method: 'run', statement: { sql, bigints: false }, parameters }) satisfies EngineCommand;
export const script = (text: string) => ({ method: 'script', text }) satisfies EngineCommand;
export const begin = (savepoint?: string) =>
  ({ method: 'begin', mode: 'immediate', savepoint }) satisfies EngineCommand;
export const commit = (savepoint?: string) => ({ method: 'commit', savepoint }) satisfies EngineCommand;
export const rollBack = (savepoint?: string) => ({ method: 'rollBack', savepoint }) satisfies EngineCommand;

/** As many rows, in order. */
export const numbers = (count: number) =>
  query(`WITH RECURSIVE x (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM x WHERE i < ${count}) SELECT i, i * 2 FROM x`);

/** Lets everything that is under way arrive. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}
