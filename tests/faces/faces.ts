/*
 * One suite, every face. A test is written once, against models and a database of which nobody knows whether they return or
 * promise: it awaits everything, for a value can be awaited, too. Only a transaction's callback cannot say `await`, since that
 * would make it asynchronous everywhere: there, `inOrder` and `attempt` take its place.
 */
import { join } from 'node:path';
import type {
  AsyncDatabase,
  Capabilities,
  Database,
  Face,
  InstanceOf,
  InstanceView,
  ModelHome,
  ModelView,
  Of,
  OpenOptions,
  PlainRow,
  Pragmas,
  QueryOf,
  RunResult,
  Sql,
  TransactionOptions,
  Where,
} from 'litemodel';
import { open as openFile } from 'litemodel/better-sqlite3';
import { temporaryFolder } from '../drivers/temporary-folder.js';
import { drivers } from '../open-database.js';
import { compileWorkerScript } from '../workers/worker-script.js';
import {
  asyncModels,
  AsyncNote,
  AsyncUser,
  closedLater,
  driversInTurn,
  slowEngines,
  syncModels,
  SyncNote,
  SyncUser,
  type AsyncEngine,
  type Note,
  type User,
} from './engines.js';

export type Awaitable<Value> = Value | Promise<Value>;

/** A model in whichever face. */
export interface TestModel<Instance> extends Omit<ModelView<Instance, Face>, 'query' | 'filter' | 'using'> {
  query(): QueryOf<Instance, Instance, Face>;
  filter(where: Where<Instance>): QueryOf<Instance, Instance, Face>;
  using(home: unknown): TestModel<Instance>;
}

/** A transaction begun by hand, in whichever face; `await using` ends either. */
interface TestTransaction extends AsyncDisposable {
  readonly isOpen: boolean;
  commit(): Awaitable<void>;
  rollBack(): Awaitable<void>;
}

/** What the databases of both faces have in common. */
export interface TestDatabase extends ModelHome, AsyncDisposable {
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
  on: Database['on'];
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

/** What is the same object, whatever its types say. */
const inFace = (db: object, User: object, Note: object, of: unknown): Opened => ({ db, User, Note, of }) as Opened;

const inSyncFace = (db: Database): Opened => inFace(db, SyncUser, SyncNote, <T>(instance: T) => instance);
const inView = (db: AsyncDatabase): Opened =>
  inFace(db, SyncUser.async(), SyncNote.async(), ({ async }: InstanceOf<'sync'>) => async);
const inAsyncModels = (db: AsyncDatabase): Opened => inFace(db, AsyncUser, AsyncNote, <T>(instance: T) => instance);

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
