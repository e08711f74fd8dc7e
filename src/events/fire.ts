import { isPromiseLike } from '../database/index.js';
import { AsyncCallbackError } from '../errors/index.js';
import type { Program } from '../sql/index.js';
import type { FiredEvent } from './fired-event.js';
import type { Listening } from './listeners.js';

/** Tells listeners of an event, one after the other; the first that fails ends it. */
export function* fire(heard: readonly Listening[], event: FiredEvent): Program<void> {
  yield* tell(heard, [event]);
}

/** Tells all listeners of an event, though some of them fail; then the first failure is thrown. */
export function* fireAll(heard: readonly Listening[], event: FiredEvent): Program<void> {
  const errors: unknown[] = [];
  for (const listening of heard) {
    try {
      yield* tell([listening], [event], true);
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}

/** Tells listeners of an event of each instance. */
export function* fireForEach(
  heard: readonly Listening[],
  instances: readonly object[],
  eventOf: (instance: object) => FiredEvent,
): Program<void> {
  yield* tell(heard, instances.map(eventOf));
}

/** All of it is one command, so that telling of a thousand instances costs a thousand calls and no more. */
function* tell(heard: readonly Listening[], events: readonly FiredEvent[], isFinal = false): Program<void> {
  yield {
    method: 'call',
    isFinal,
    work: (scope) => (scope === undefined ? tellNow(heard, events) : tellInTurn(heard, events, scope)),
  };
}

function tellNow(heard: readonly Listening[], events: readonly FiredEvent[]): void {
  for (const event of events) {
    for (const listening of heard) {
      if (!concerns(listening, event)) continue;
      const result = listening.call(event);
      if (isPromiseLike(result)) throw promised(event, result);
      event.check();
    }
  }
}

async function tellInTurn(heard: readonly Listening[], events: readonly FiredEvent[], scope: unknown): Promise<void> {
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

const concerns = ({ where }: Listening, event: FiredEvent): boolean => !event.isStopped && (where?.(event) ?? true);

function promised({ name, model }: FiredEvent, result: PromiseLike<unknown>): AsyncCallbackError {
  if (result instanceof Promise) result.catch(() => undefined); // its failure has nobody else to go to
  return new AsyncCallbackError(
    `A listener of ${name} of ${model.name} returned a promise, for which nothing synchronous can wait.`,
    `Make the listener synchronous, or use the model by ${model.name}.async().`,
  );
}
