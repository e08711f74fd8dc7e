import { AsyncCallbackError, TransactionError } from '../errors/index.js';
import type { BeginCommand, CallCommand, Command, EndCommand, EngineCommand, Program } from '../sql/index.js';
import type { ConnectedDatabase } from './database.js';
import type { Scope } from './scope.js';
import { runInScope } from './scope-context.js';
import { framed } from './transaction.js';
import { Visit } from './visitors.js';

/**
 * Runs a program to its end without waiting. A callback that returns a promise fails it. Where an asynchronous transaction is
 * open on the connection, only what is inside of it can run: in the scope that is given, or the one that the caller is in.
 */
export function runSync<Result>(database: ConnectedDatabase, program: Program<Result>, scope?: Scope): Result {
  if (scope !== undefined || database.hasScopes) database.scopeFor(scope).checkFree();
  return drive(database, program);
}

function drive<Result>(database: ConnectedDatabase, program: Program<Result>): Result {
  let step = program.next();
  while (!step.done) {
    let result: unknown;
    try {
      result = resultOf(database, step.value);
    } catch (error) {
      step = program.throw(error);
      continue;
    }
    step = program.next(result);
  }
  return step.value;
}

function resultOf(database: ConnectedDatabase, command: Command): unknown {
  switch (command.method) {
    case 'call':
      return refusePromise(callNow(database, command));
    case 'sleep':
      return sleep(command.milliseconds);
    case 'transaction':
      return drive(database, framed(database, command));
    default:
      return database.performSync(command);
  }
}

function callNow({ transactions }: ConnectedDatabase, { work }: CallCommand): unknown {
  transactions.callbacks++;
  try {
    return work(undefined);
  } finally {
    transactions.callbacks--;
  }
}

/** Holds the thread up. A page may not sleep, but it has no files that another process could lock for long either. */
function sleep(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
  } catch {
    while (performance.now() < end);
  }
}

function refusePromise(result: unknown): unknown {
  if (!isPromiseLike(result)) return result;
  // its failure has nobody else to go to; ours is thrown below. Other thenables may only start when they are asked
  if (result instanceof Promise) result.catch(() => undefined);
  throw new AsyncCallbackError();
}

/** Whether a value is to be waited for. */
export const isPromiseLike = (value: unknown): value is PromiseLike<unknown> =>
  ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
  typeof (value as { then?: unknown }).then === 'function';

/**
 * Runs the same program where results may have to be waited for: those of the engine, of callbacks, and of other transactions,
 * whose end it waits for. It waits only where there is something to wait for.
 */
export function runAsync<Result>(
  database: ConnectedDatabase,
  program: Program<Result>,
  scope?: Scope,
  signal?: AbortSignal,
): Promise<Result> {
  const isReported = !database.isReporting; // it is known now, but what waits or answers later runs when nobody is told
  const at = database.scopeFor(scope);
  const readsAside = database.capabilities.concurrentReads === true && at === database.root;
  const visit = readsAside ? new Visit(database.visitors) : undefined;
  const around = { scope: at, signal, isReported, visit };
  return start(database, program, around);
}

/**
 * Runs a program as far as there is nothing to wait for. Where the engine answers at once that is all of most, for which one
 * promise is made: that of the result.
 */
function start<Result>(database: ConnectedDatabase, program: Program<Result>, around: Surroundings): Promise<Result> {
  let step: IteratorResult<Command, Result>;
  try {
    step = resume(database, program, undefined);
    while (!step.done && !database.answersLater && isStatement(step.value) && around.scope.isReady) {
      step = answerAtOnce(database, program, step.value, around);
    }
  } catch (error) {
    return failed(error);
  }
  return step.done ? Promise.resolve(step.value) : driveAsync(database, program, around, step);
}

/** Goes on with a program after a statement that need not wait for its turn. */
function answerAtOnce<Result>(
  database: ConnectedDatabase,
  program: Program<Result>,
  command: EngineCommand,
  { scope, signal, isReported }: Surroundings,
): IteratorResult<Command, Result> {
  let hasEntered = false;
  try {
    signal?.throwIfAborted();
    void scope.enter(signal);
    hasEntered = true;
    return resume(database, program, database.perform(command, scope, signal, isReported));
  } catch (error) {
    return resume(database, program, error, true);
  } finally {
    if (hasEntered) scope.leave(); // only now that the program has dealt with the result
  }
}

/** A promise that fails with whatever was thrown. */
export async function failed(error: unknown): Promise<never> {
  throw error;
}

/** Where a program runs. */
interface Surroundings {
  readonly scope: Scope;
  readonly signal: AbortSignal | undefined;
  /** Whether listeners hear of its statements. */
  readonly isReported: boolean;
  /** Whether it reads beside the transactions just now, where it can. */
  readonly visit?: Visit | undefined;
}

/** Goes on with a program from any of its steps. */
async function driveAsync<Result>(
  database: ConnectedDatabase,
  program: Program<Result>,
  around: Surroundings,
  step: IteratorResult<Command, Result>,
): Promise<Result> {
  const { scope, visit } = around;
  try {
    while (!step.done) {
      const command: Command = step.value;
      const signal = endsTransaction(command) ? undefined : around.signal;
      const isOfScope = isStatement(command);
      const readsAside = isOfScope && database.readsAside(command, scope);
      const enters = isOfScope && !readsAside;
      let hasEntered = false;
      try {
        signal?.throwIfAborted();
        if (readsAside) visit?.enter();
        else visit?.leave();
        let turn = enters ? scope.enter(signal) : undefined;
        while (turn !== undefined) {
          await turn;
          turn = scope.enter(signal, true);
        }
        hasEntered = enters;
        let result = answerOf(database, command, around);
        if (isPromiseLike(result)) result = await result;
        if (command.method === 'call') signal?.throwIfAborted(); // before what it did is committed
        step = resume(database, program, result);
      } catch (error) {
        step = resume(database, program, error, true);
      } finally {
        if (hasEntered) scope.leave(); // only now that the program has dealt with the result
      }
    }
    return step.value;
  } finally {
    visit?.leave();
  }
}

/** Goes on with a program, which finds out that its results are promised, with the result of its command or what that failed with. */
function resume<Result>(
  database: ConnectedDatabase,
  program: Program<Result>,
  outcome: unknown,
  isError = false,
): IteratorResult<Command, Result> {
  const before = database.isLate;
  database.isLate = true;
  try {
    return isError ? program.throw(outcome) : program.next(outcome);
  } finally {
    database.isLate = before;
  }
}

/** What runs among other statements of a scope; what opens and ends a transaction has the scope to itself. */
const isStatement = (command: Command): command is Exclude<EngineCommand, BeginCommand | EndCommand> =>
  command.method === 'all' ||
  command.method === 'run' ||
  command.method === 'named' ||
  command.method === 'names' ||
  command.method === 'script';

/** It is done whatever happens, for a transaction that is neither kept nor undone would hold its lock; and what follows its end. */
const endsTransaction = (command: Command): boolean =>
  command.method === 'commit' || command.method === 'rollBack' || ('isFinal' in command && command.isFinal === true);

function answerOf(database: ConnectedDatabase, command: Command, { scope, signal, isReported }: Surroundings): unknown {
  switch (command.method) {
    case 'call':
      return runInScope(scope, () => command.work(scope));
    case 'sleep':
      return new Promise((resolve) => setTimeout(resolve, command.milliseconds));
    case 'transaction':
      if (scope.connection !== undefined) throw onlyReads();
      return inScope(scope, signal, (inner) =>
        start(database, framed(database, command, inner), { scope: inner, signal, isReported }),
      );
    default:
      // whether a BEGIN that is cut off has begun, nobody would know
      return database.perform(command, scope, isStatement(command) ? signal : undefined, isReported);
  }
}

const onlyReads = (): TransactionError =>
  new TransactionError('A snapshot only reads, so it has no transaction inside.', 'Write in db.transaction().');

/** Runs a function with a scope of its own inside another one. */
async function inScope<Result>(
  scope: Scope,
  signal: AbortSignal | undefined,
  work: (inner: Scope) => Promise<Result>,
): Promise<Result> {
  const inner = await scope.open(signal);
  try {
    return await work(inner);
  } finally {
    inner.end();
  }
}
