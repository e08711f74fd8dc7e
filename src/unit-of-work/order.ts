import { CyclicReferenceError } from '../errors/index.js';
import type { Link, Links } from './link.js';

/** Rows in an order in which each stands behind those that it refers to. */
export interface Order {
  readonly rows: object[];
  /** The links that had to be left out for that: the row that refers stands first. */
  readonly later: ReadonlySet<Link>;
}

/** A row whose links are being followed. */
interface Step {
  readonly row: object;
  /** The link that led here. */
  readonly via: Link | undefined;
  /** How many of its links were followed. */
  followed: number;
}

/**
 * Orders rows by what they refer to, and otherwise leaves them as they are. Of a circle one link is left out, for which
 * `breakable` is asked; throws `CyclicReferenceError` where there is none.
 */
export function inOrder(
  rows: Iterable<object>,
  links: Links,
  breakable: (circle: readonly Link[]) => Link | undefined,
): Order {
  const ordered = new Set<object>();
  const later = new Set<Link>();
  const path: Step[] = [];
  const places = new Map<object, number>();
  const enter = (row: object, via: Link | undefined): void => {
    places.set(row, path.length);
    path.push({ row, via, followed: 0 });
  };
  const leave = (): object => {
    const { row } = path.pop()!;
    places.delete(row);
    return row;
  };
  for (const first of rows) {
    if (ordered.has(first)) continue;
    if (links.has(first)) enter(first, undefined);
    else ordered.add(first);
    // by a path of our own, for a tree may be deeper than the stack
    for (let last = path.at(-1); last !== undefined; last = path.at(-1)) {
      const link = links.get(last.row)?.[last.followed++];
      if (link === undefined) ordered.add(leave());
      else if (ordered.has(link.to) || later.has(link)) continue;
      else if (!places.has(link.to)) enter(link.to, link);
      else {
        const circle = [...path.slice(places.get(link.to)! + 1).map(({ via }) => via!), link];
        const broken = breakable(circle);
        if (broken === undefined) throw new CyclicReferenceError(circle.map(({ reference }) => reference.name));
        later.add(broken);
        while (path.at(-1)!.row !== broken.from) leave(); // what stands behind it is come to again
      }
    }
  }
  return { rows: [...ordered], later };
}
