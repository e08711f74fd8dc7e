/*
 * One suite, every face. A test is written once, against models and a database of which nobody knows whether they return or
 * promise: it awaits everything, for a value can be awaited, too. Only a transaction's callback cannot say `await`, since that
 * would make it asynchronous everywhere: there, `inOrder` and `attempt` take its place.
 */
import { join } from 'node:path';
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
  type Capabilities,
  type Database,
  type Described,
  type Face,
  type InstanceOf,
  type InstanceView,
  type ModelHome,
  type ModelView,
  type Of,
  type OpenOptions,
  type PlainRow,
  type Pragmas,
  type QueryOf,
  type RunResult,
  type Sql,
  type TransactionOptions,
  type Where,
} from 'litemodel';
import { defineModel as defineAsyncModel } from 'litemodel/async';
import { open as openFile } from 'litemodel/better-sqlite3';
import { engines } from '../drivers/engines.js';
import { temporaryFolder } from '../drivers/temporary-folder.js';
import { drivers } from '../open-database.js';
import { SlowConnection } from '../slow-connection.js';
import { compileWorkerScript } from '../workers/worker-script.js';

export type Awaitable<Value> = Value | Promise<Value>;

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

/** A model in whichever face. */
export interface TestModel<Instance> extends Omit<ModelView<Instance, Face>, 'query' | 'filter' | 'using'> {
  query(): QueryOf<Instance, Instance, Face>;
  filter(where: Where<Instance>): QueryOf<Instance, Instance, Face>;
  using(home: unknown): TestModel<Instance>;
}

/** A transaction begun by hand, in whichever face; `await using` ends either. */
interface TestTransaction extends Disposable {
  readonly isOpen: boolean;
  commit(): Awaitable<void>;
  rollBack(): Awaitable<void>;
}

/** What the databases of both faces have in common. */
export interface TestDatabase extends ModelHome, Disposable {
  readonly capabilities: Capabilities;
  readonly pragmas: Pragmas;
  readonly isOpen: boolean;
  transaction<Result>(work: () => Awaitable<Result>, options?: TransactionOptions): Awaitable<Result>;
  begin(mode?: TransactionOptions['mode']): Awaitable<TestTransaction>;
  all<Row extends object = PlainRow>(query: Sql): Awaitable<Row[]>;
  first<Row extends object = PlainRow>(query: Sql): Awaitable<Row | undefined>;
  run(command: Sql): Awaitable<RunResult>;
  execute(script: string): Awaitable<void>;
  table<Row extends object = PlainRow>(name: string): Awaitable<QueryOf<Row, Row, Face>>;
  attach(path: string, name: string, options?: { readonly models?: readonly Of<object>[] }): Awaitable<void>;
  detach(name: string): Awaitable<void>;
  close(): Awaitable<void>;
  require: Database['require'];
  onStatement: Database['onStatement'];
}

/** An open database with its models, in one face. */
export interface Opened {
  readonly db: TestDatabase;
  readonly User: TestModel<User>;
  readonly Note: TestModel<Note>;
  /** What an instance does in this face. */
  readonly of: <Instance extends object>(instance: Instance) => InstanceView<Instance, Face>;
}

/** A face over an engine. */
export interface TestFace {
  readonly name: string;
  /** Whether results are promised. */
  readonly waits: boolean;
  /** Opens an empty database with both models, which is closed when the test ends. */
  open(options?: OpenOptions): Promise<Opened>;
}

export const syncModels = [SyncUser, SyncNote];
export const asyncModels = [AsyncUser, AsyncNote];

/** What is the same object, whatever its types say. */
const inFace = (db: object, User: object, Note: object, of: unknown): Opened => ({ db, User, Note, of }) as Opened;

const inSyncFace = (db: Database): Opened => inFace(db, SyncUser, SyncNote, <T>(instance: T) => instance);
const inView = (db: AsyncDatabase): Opened =>
  inFace(db, SyncUser.async(), SyncNote.async(), ({ async }: InstanceOf<'sync'>) => async);
const inAsyncModels = (db: AsyncDatabase): Opened => inFace(db, AsyncUser, AsyncNote, <T>(instance: T) => instance);

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

async function closedLater(opening: Promise<AsyncDatabase>): Promise<AsyncDatabase> {
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

const script = compileWorkerScript();

/** An engine without a synchronous face, which reads while it writes. */
const workers: AsyncEngine = {
  name: 'worker threads',
  open: (options) =>
    closedLater(
      openFile(join(temporaryFolder(), 'app.db'), { models: asyncModels, ...options, workers: { script: script() } }),
    ),
};

/** The synchronous face, with which every other one is compared. */
const synchronous: readonly TestFace[] = drivers.map(({ name, open }) => ({
  name: `synchronous on ${name}`,
  waits: false,
  open: async (options) => inSyncFace(await open({ models: syncModels, ...options })),
}));

/** The asynchronous face: in models that promise, and as the view of those that do not. */
const asynchronous: readonly TestFace[] = [...driversInTurn, ...slowEngines, workers].flatMap(({ name, open }) => [
  {
    name: `litemodel/async on ${name}`,
    waits: true,
    open: async (options?: OpenOptions) => inAsyncModels(await open({ models: asyncModels, ...options })),
  },
  {
    name: `.async on ${name}`,
    waits: true,
    open: async (options?: OpenOptions) => inView(await open({ models: syncModels, ...options })),
  },
]);

/** Every face over every engine. */
export const faces: readonly TestFace[] = [...synchronous, ...asynchronous];

/** Runs steps one after the other, waiting for those that promise something; gives what the last one does. */
export function inOrder<Result>(...steps: readonly [...(() => unknown)[], () => Awaitable<Result>]): Awaitable<Result> {
  let result: unknown;
  for (const step of steps) result = result instanceof Promise ? result.then(step) : step();
  return result as Awaitable<Result>;
}

/** The error that work fails with, at once or later. */
export function attempt(work: () => unknown): Awaitable<unknown> {
  const nothing = () => {
    throw new Error('Nothing was thrown.');
  };
  const itself = (error: unknown) => error;
  let result: unknown;
  try {
    result = work();
  } catch (error) {
    return error;
  }
  return result instanceof Promise ? result.then(nothing, itself) : nothing();
}

/** The SQL of the statements that work runs, in order. */
export async function statementsOf(db: TestDatabase, work: () => unknown): Promise<string[]> {
  const statements: string[] = [];
  const stop = db.onStatement(({ sql }) => statements.push(sql));
  try {
    await work();
  } finally {
    stop();
  }
  return statements;
}
