import { DefinitionError, nearest } from '../errors/index.js';
import { changeHooks } from '../query/index.js';
import { eventNames, type EventName, type Unsubscribe } from './event.js';
import type { Fired } from './fired-event.js';
import { relationEventNames, type RelationEventName } from './relation-event.js';
import { relationLoadEventNames, type RelationLoadEventName } from './relation-load-event.js';

/** What is called at an event, whatever it came from. */
export interface Listening {
  readonly name: AnyEventName;
  readonly priority: number;
  readonly call: (event: Fired) => unknown;
  readonly where: ((event: Fired) => boolean) | undefined;
  /** The method that it calls, if that is one that subclasses can override. */
  readonly method?: string | undefined;
  /** Whether it was ended, which what is added at run time can be. */
  readonly isEnded?: boolean;
}

/** A listener that was added at run time. */
interface Added extends Listening {
  /** What was begun while it listened does not call it any more, either. */
  isEnded: boolean;
  /** Its place among all that were ever added. */
  readonly sequence: number;
  /** The database to which it is restricted, where it was added to a view of a model. */
  readonly database: object | undefined;
}

/** By what they were added to: a class, or a database. */
const addedTo = new WeakMap<object, Set<Added>>();
let added = 0;

/** The name of an event, of instances or of relations. */
export type AnyEventName = EventName | RelationEventName | RelationLoadEventName;

/** A listener of whichever event, whose name says what it is called with. */
export type AnyListener = (event: never) => unknown;

/** The options of such a listener. */
export interface AnyListenerOptions {
  readonly priority?: number;
  readonly where?: (event: never) => boolean;
}

/** Calls a function at an event of a class or of a database, until what is returned is called. */
export function listen(
  to: object,
  name: AnyEventName,
  call: AnyListener,
  { priority = 0, where }: AnyListenerOptions = {},
  database?: object,
): Unsubscribe {
  checkName(name);
  if (typeof call !== 'function') throw new DefinitionError(`What listens to ${name} is a function.`);
  if (where !== undefined && typeof where !== 'function')
    throw new DefinitionError('"where" of a listener is a function.');
  checkPriority(priority);
  const sequence = added++;
  const listening = { name, priority, call, where, database, sequence, isEnded: false } as unknown as Added; // typed by its name
  const listeners = addedTo.get(to) ?? new Set();
  addedTo.set(to, listeners.add(listening));
  changeHooks();
  const end = (): void => {
    listening.isEnded = true;
    if (listeners.delete(listening)) changeHooks();
  };
  return Object.assign(end, { [Symbol.dispose]: end });
}

/** Refuses a priority that others cannot be compared with. */
export function checkPriority(priority: unknown): void {
  if (typeof priority !== 'number' || Number.isNaN(priority))
    throw new DefinitionError('The priority of a listener is a number.');
}

const allNames: readonly string[] = [...eventNames, ...relationEventNames, ...relationLoadEventNames];

function checkName(name: string): void {
  if (allNames.includes(name)) return;
  const meant = nearest(name, allNames);
  const hint = meant === undefined ? `There are ${allNames.join(', ')}.` : `Did you mean "${meant}"?`;
  throw new DefinitionError(`There is no event "${name}".`, hint);
}

/** What was added to a class, to those that it extends and to a database, in the order in which it was. */
export function addedListeners(model: object, database: object): readonly Listening[] {
  const found = [...(addedTo.get(database) ?? [])];
  for (let holder: object | null = model; holder !== null; holder = Object.getPrototypeOf(holder) as object | null) {
    for (const listening of addedTo.get(holder) ?? []) {
      if ((listening.database ?? database) === database) found.push(listening);
    }
  }
  return found.sort((one, other) => one.sequence - other.sequence);
}
