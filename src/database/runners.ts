import { AsyncCallbackError } from '../errors/index.js';
import type { Command, Program } from '../sql/index.js';
import type { ConnectedDatabase } from './database.js';

/** Runs a program to its end without waiting. A callback that returns a promise fails it. */
export function runSync<Result>(database: ConnectedDatabase, program: Program<Result>): Result {
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
    case 'all':
      return database.read(command);
    case 'run':
      return database.change(command);
    case 'call':
      return refusePromise(command.work());
    case 'sleep':
      return void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, command.milliseconds);
    default:
      return command satisfies never;
  }
}

function refusePromise(result: unknown): unknown {
  if (!isPromiseLike(result)) return result;
  // its failure has nobody else to go to; ours is thrown below. Other thenables may only start when they are asked
  if (result instanceof Promise) result.catch(() => undefined);
  throw new AsyncCallbackError();
}

const isPromiseLike = (value: unknown): value is PromiseLike<unknown> =>
  ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
  typeof (value as { then?: unknown }).then === 'function';

/** Runs the same program where the results of commands have to be waited for. */
export async function runAsync<Result>(
  answer: (command: Command) => unknown,
  program: Program<Result>,
): Promise<Result> {
  let step = program.next();
  while (!step.done) {
    let result: unknown;
    try {
      result = await answer(step.value);
    } catch (error) {
      step = program.throw(error);
      continue;
    }
    step = program.next(result);
  }
  return step.value;
}
