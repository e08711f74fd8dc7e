import type { BoundTable, Reference } from '../query/index.js';
import { Link, Member } from './link.js';
import { LinksByKey } from './links-by-key.js';
import { Walk } from './order.js';
import { Sketch } from './sketch.js';
import { Snapshot } from './snapshot.js';

const empty: Reference = {
  name: '',
  columns: [],
  target: [],
  isDeferrable: false,
  leads: () => true,
  lead: () => undefined,
};

/**
 * One of each class that a flush makes thousands of, or calls thousands of times, without anything in it. When the last one is
 * collected, V8 drops the code made for their shape: every unit of work after a full collection took three times as long.
 */
const kept: object[] = [];

/** Keeps one of each alive, those of the caller included. */
export function keepShapes(make: () => readonly object[]): void {
  if (kept.length > 0) return;
  const member = new Member(undefined as never, {}, undefined as never);
  kept.push(new Link(member, member, empty), new LinksByKey([], () => undefined), new Snapshot([]), new Sketch());
  kept.push(
    new Walk(
      () => [],
      () => undefined,
    ),
  );
  kept.push(...make());
}

const keptInstances = new WeakMap<BoundTable, object>();

/** The same for the instances of a table, which have another shape as members of a graph. */
export function keepInstance(table: BoundTable, instance: object): void {
  if (!keptInstances.has(table)) keptInstances.set(table, instance);
}
