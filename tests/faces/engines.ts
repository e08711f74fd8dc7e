import { onTestFinished } from 'vitest';
import {
  AsyncDatabase,
  boolean,
  defineModel,
  id,
  integer,
  json,
  scope,
  sql,
  text,
  type Database,
  type Described,
  type Face,
  type InstanceOf,
  type OpenOptions,
} from 'litemodel';
import { defineModel as defineAsyncModel } from 'litemodel/async';
import { engines } from '../drivers/engines.js';
import { drivers } from '../open-database.js';
import { SlowConnection } from '../slow-connection.js';

interface Settings {
  theme?: string;
  sizes?: number[];
}

const userColumns = {
  id: id(),
  name: text({ unique: true }),
  age: integer({ default: sql`18` }),
  settings: json<Settings>({ default: () => ({}) }),
};
const noteColumns = {
  id: id(),
  title: text(),
  userId: integer({ nullable: true }),
  hidden: boolean({ default: false }),
};

export type User = Described<typeof userColumns> & Pick<InstanceOf<Face>, 'fill' | 'toJSON'>;
export type Note = Described<typeof noteColumns> & Pick<InstanceOf<Face>, 'fill' | 'toJSON'>;

/** A default scope of the notes. */
export const shown = scope<Note>('shown', { hidden: false });

const userOptions = { modelName: 'User' };
const noteOptions = { modelName: 'Note', scopes: [shown] };

export const SyncUser = defineModel('users', userColumns, userOptions);
export const SyncNote = defineModel('notes', noteColumns, noteOptions);
export const AsyncUser = defineAsyncModel('users', userColumns, userOptions);
export const AsyncNote = defineAsyncModel('notes', noteColumns, noteOptions);

export const syncModels = [SyncUser, SyncNote];
export const asyncModels = [AsyncUser, AsyncNote];

/** An asynchronous database over one engine, opened empty and closed when the test ends. */
export interface AsyncEngine {
  readonly name: string;
  open(options?: OpenOptions): Promise<AsyncDatabase>;
}

/** The asynchronous face of the drivers that have both. */
export const driversInTurn: readonly AsyncEngine[] = drivers.map(({ name, open }) => ({
  name,
  open: async (options) => (await open({ models: asyncModels, ...options })).async,
}));

/** Closes a database when the test ends. */
export async function closedLater(opening: Promise<AsyncDatabase>): Promise<AsyncDatabase> {
  const db = await opening;
  onTestFinished(() => db.close());
  return db;
}

/** Engines without a synchronous face, one statement after the other. */
export const slowEngines: readonly AsyncEngine[] = engines.map(({ name, connect }) => ({
  name: `${name}, answering later`,
  open: (options) =>
    closedLater(
      AsyncDatabase.open(new SlowConnection(connect()), { onDisk: false }, { models: asyncModels, ...options }),
    ),
}));

/** The SQL of the statements that work runs, in order. */
export async function statementsOf(db: Pick<Database, 'onStatement'>, work: () => unknown): Promise<string[]> {
  const statements: string[] = [];
  const stop = db.onStatement(({ sql }) => statements.push(sql));
  try {
    await work();
  } finally {
    stop();
  }
  return statements;
}
