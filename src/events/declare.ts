import { decoratedMethod, noteHook } from '../schema/index.js';
import type { EventName, EventOf, Listener } from './event.js';
import { events } from './events.js';
import type { FiredEvent } from './fired-event.js';
import { checkPriority, type Listening } from './listeners.js';

/** The options of a method that is called at an event. */
export interface EventMethodOptions {
  /** Listeners of a higher one are called first; 0 unless said. */
  readonly priority?: number;
}

/** A decorator of methods that are called at an event, in both dialects. */
export interface EventDecorator<Name extends EventName> {
  <Instance>(
    method: (this: Instance, event: EventOf<Instance, Name>) => unknown,
    context: ClassMethodDecoratorContext<Instance>,
  ): void;
  <Instance, Method extends Listener<Instance, Name>>(
    target: Instance,
    name: string | symbol,
    method: TypedPropertyDescriptor<Method>,
  ): void;
}

const decorator =
  <Name extends EventName>(name: Name) =>
  ({ priority = 0 }: EventMethodOptions = {}): EventDecorator<Name> =>
  (target: unknown, at: object | string | symbol, descriptor?: PropertyDescriptor): void => {
    checkPriority(priority);
    const { holder, key, call } = decoratedMethod(name, target, at, descriptor);
    const listening: Listening = {
      name,
      priority,
      method: key,
      where: undefined,
      call: (event) => call((event as FiredEvent).instance, event),
    };
    noteHook(holder, events, listening);
  };

/** Calls the method before an instance is validated, which every save begins with. */
export const beforeValidate = decorator('beforeValidate');

/** Calls the method when an instance was found valid. */
export const afterValidate = decorator('afterValidate');

/**
 * Calls the method before an instance is saved, new or not.
 *
 *     @beforeSave() normalize(event: BeforeEvent<User>) {
 *       this.email = this.email.toLowerCase();
 *     }
 */
export const beforeSave = decorator('beforeSave');

/** Calls the method when an instance was inserted or updated, before that is committed. */
export const afterSave = decorator('afterSave');

/** Calls the method before a new instance is inserted. */
export const beforeCreate = decorator('beforeCreate');

/** Calls the method when a new instance was inserted, before that is committed. */
export const afterCreate = decorator('afterCreate');

/** Calls the method before changes of an instance are written. */
export const beforeUpdate = decorator('beforeUpdate');

/** Calls the method when changes of an instance were written, before that is committed. */
export const afterUpdate = decorator('afterUpdate');

/** Calls the method before an instance is deleted. */
export const beforeDelete = decorator('beforeDelete');

/** Calls the method when an instance was deleted, before that is committed. */
export const afterDelete = decorator('afterDelete');

/** Calls the method before an instance is restored whose row was left in its table. */
export const beforeRestore = decorator('beforeRestore');

/** Calls the method when an instance was restored, before that is committed. */
export const afterRestore = decorator('afterRestore');

/** Calls the method when an instance was read, or read again. */
export const afterLoad = decorator('afterLoad');

/**
 * Calls the method just before what was written of an instance is committed for good: at the end of the outermost transaction, when
 * everything that belongs together is written. What it throws rolls all of that back.
 */
export const beforeCommit = decorator('beforeCommit');

/** Calls the method when what was written of an instance is committed. */
export const afterCommit = decorator('afterCommit');

/** Calls the method when what was written of an instance was rolled back. */
export const afterRollback = decorator('afterRollback');
