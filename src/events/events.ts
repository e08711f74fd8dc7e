import type { BoundTable, Hook, HookPoint, InstanceFeature, RelationHooks, RelationLoadHook } from '../query/index.js';
import { latest, type ModelClass } from '../schema/index.js';
import { eventNames, type EventName } from './event.js';
import { fire, fireAll, fireForEach } from './fire.js';
import {
  CancellableEvent,
  CancellableRelationEvent,
  CancellableRelationLoadEvent,
  FiredEvent,
  FiredRelationEvent,
  FiredRelationLoadEvent,
  type Fired,
} from './fired-event.js';
import { addedListeners, type Listening } from './listeners.js';
import { relationEventNames, type RelationEventName } from './relation-event.js';
import { relationLoadEventNames, type RelationLoadEventName } from './relation-load-event.js';

/** The feature by which listeners take part in the life of instances. */
export const events: InstanceFeature = {
  name: 'events',
  hooksOf(table, noted) {
    const { database, schema } = table as BoundTable;
    const model = schema.options.model!;
    const added = addedListeners(model, database);
    const methods = latest([...methodsOf(model), ...(noted as readonly Listening[])], nameAndMethod);
    const listeners = [...methods, ...added].sort(byPriority);
    if (listeners.length === 0) return undefined;
    const at: Partial<Record<HookPoint, Hook>> = {};
    let loaded: ((instances: readonly object[]) => ReturnType<Hook>) | undefined;
    for (const name of eventNames) {
      const heard = listeners.filter((listening) => listening.name === name);
      if (heard.length === 0) continue;
      if (name !== 'afterLoad') at[name] = hookOf(name, heard);
      else loaded = (instances) => fireForEach(heard, instances, (one) => new FiredEvent(name, table, one));
    }
    return { at, loaded };
  },
  relationHooksOf({ options: { model } }, database) {
    const listeners = model === undefined ? [] : [...addedListeners(model, database)].sort(byPriority);
    const names = relationEventNames.filter((name) => listeners.some((listening) => listening.name === name));
    return names.length === 0
      ? undefined
      : Object.fromEntries(names.map((name) => [name, relationHookOf(name, listeners)]));
  },
  relationLoadHooksOf(table) {
    const { database, schema } = table as BoundTable;
    const { model } = schema.options;
    if (model === undefined) return undefined;
    const listeners = [...loadMethodsOf(model), ...addedListeners(model, database)].sort(byPriority);
    const names = relationLoadEventNames.filter((name) => listeners.some((listening) => listening.name === name));
    return names.length === 0
      ? undefined
      : Object.fromEntries(names.map((name) => [name, relationLoadHookOf(name, listeners)]));
  },
};

/** Higher ones first; of equal ones, those that came first. */
const byPriority = (one: Listening, other: Listening): number =>
  one.priority === other.priority ? 0 : one.priority > other.priority ? -1 : 1;

const nameAndMethod = ({ name, method }: Listening): string | undefined => method && `${name} ${method}`;

/** The methods of a model that have the name of an event. */
function methodsOf({ prototype }: ModelClass): Listening[] {
  return eventNames
    .filter((name) => typeof (prototype as Partial<Methods>)[name] === 'function')
    .map((name) => ({
      name,
      priority: 0,
      method: name,
      where: undefined,
      call: (event) => ((event as FiredEvent).instance as Methods)[name](event),
    }));
}

type Methods = Record<EventName, (event: Fired) => unknown>;

/** The static methods of a model that have the name of an event of loading a relation, which is of several instances. */
function loadMethodsOf(model: object): Listening[] {
  const methods = model as Partial<Record<RelationLoadEventName, (event: Fired) => unknown>>;
  return relationLoadEventNames
    .filter((name) => typeof methods[name] === 'function')
    .map((name) => ({ name, priority: 0, where: undefined, call: (event) => methods[name]!(event) }));
}

/** What listeners of one event do. */
function hookOf(name: Exclude<EventName, 'afterLoad'>, heard: readonly Listening[]): Hook {
  if (name === 'afterCommit' || name === 'afterRollback') {
    return (write) => fireAll(heard, new FiredEvent(name, write.table, write.instance, write));
  }
  const Event = name.startsWith('before') ? CancellableEvent : FiredEvent;
  return (write) => fire(heard, new Event(name, write.table, write.instance, write));
}

/** What listeners of one event of relations do. */
function relationHookOf(name: RelationEventName, listeners: readonly Listening[]): RelationHooks[RelationEventName] {
  const heard = listeners.filter((listening) => listening.name === name);
  const Event = name.startsWith('before') ? CancellableRelationEvent : FiredRelationEvent;
  return (changes) => fireForEach(heard, changes, (change) => new Event(name, change));
}

/** What listeners of one event of loading a relation do. */
function relationLoadHookOf(name: RelationLoadEventName, listeners: readonly Listening[]): RelationLoadHook {
  const heard = listeners.filter((listening) => listening.name === name);
  const Event = name === 'beforeLoadRelation' ? CancellableRelationLoadEvent : FiredRelationLoadEvent;
  return (load) => fire(heard, new Event(name, load));
}
