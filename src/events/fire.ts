import { isPromiseLike } from '../database/index.js';
import { AsyncCallbackError } from '../errors/index.js';
import type { Program } from '../sql/index.js';
import type { Fired } from './fired-event.js';
import type { Listening } from './listeners.js';

/** Tells listeners of an event, one after the other; the first that fails ends it. */
export function* fire(heard: readonly Listening[], event: Fired): Program<void> {
  yield* tell(heard, [event]);
}

/** Tells all listeners of an event, though some of them fail; then the first failure is thrown. */
export function* fireAll(heard: readonly Listening[], event: Fired): Program<void> {
  const errors: unknown[] = [];
  for (const listening of heard) {
    try {
      yield* tellAtEnd(listening, event);
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}

/** Tells listeners of an event of each of several things that happened together. */
export function* fireForEach<Happened>(
  heard: readonly Listening[],
  happened: readonly Happened[],
  eventOf: (one: Happened) => Fired,
): Program<void> {
  yield* tell(heard, happened.map(eventOf));
}

/** All of it is one command, so that telling of a thousand instances costs a thousand calls and no more. */
function* tell(heard: readonly Listening[], events: readonly Fired[]): Program<void> {
  yield { method: 'call', work: (scope) => tellIn(scope, heard, events) };
}

/** Tells a listener of how a transaction ended, for whoever wrote in it. */
function* tellAtEnd(listening: Listening, event: Fired): Program<void> {
  const work = (scope: unknown) => event.follow(scope, () => tellIn(scope, [listening], [event]));
  yield { method: 'call', isFinal: true, work };
}

const tellIn = (scope: unknown, heard: readonly Listening[], events: readonly Fired[]): void | Promise<void> =>
  scope === undefined ? tellNow(heard, events) : tellInTurn(heard, events, scope);

function tellNow(heard: readonly Listening[], events: readonly Fired[]): void {
  for (const event of events) {
    for (const listening of heard) {
      if (!concerns(listening, event)) continue;
      const result = listening.call(event);
      if (isPromiseLike(result)) throw promised(event, result);
      event.check();
    }
  }
}

async function tellInTurn(heard: readonly Listening[], events: readonly Fired[], scope: unknown): Promise<void> {
  for (const event of events) {
    event.enter(scope);
    for (const listening of heard) {
      if (!concerns(listening, event)) continue;
      const result = listening.call(event);
      if (isPromiseLike(result)) await result;
      event.check();
    }
  }
}

/** Whether a listener is to be told: a promise, which any condition would take for true, says neither. */
function concerns({ where, isEnded }: Listening, event: Fired): boolean {
  if (event.isStopped || isEnded === true) return false;
  const answer: unknown = where?.(event) ?? true;
  if (!isPromiseLike(answer)) return Boolean(answer);
  forgetFailure(answer);
  throw new AsyncCallbackError(
    `"where" of a listener of ${event.name} of ${event.model.name} returned a promise, and says neither yes nor no by that.`,
    'Let it look at the event alone, and ask the rest in the listener.',
  );
}

/** The failure of a promise that nobody waits for has nobody else to go to. */
function forgetFailure(promise: PromiseLike<unknown>): void {
  if (promise instanceof Promise) promise.catch(() => undefined);
}

function promised({ name, model }: Fired, result: PromiseLike<unknown>): AsyncCallbackError {
  forgetFailure(result);
  return new AsyncCallbackError(
    `A listener of ${name} of ${model.name} returned a promise, for which nothing synchronous can wait.`,
    `Make the listener synchronous, or use the model by ${model.name}.async().`,
  );
}
