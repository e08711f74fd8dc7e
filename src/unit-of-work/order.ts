import { CyclicReferenceError } from '../errors/index.js';
import type { Link, Member } from './link.js';

/** Rows in an order in which each stands behind those that it refers to. */
export interface Order {
  readonly rows: readonly Member[];
  /** The links that had to be left out for that: the row that refers stands first. */
  readonly later: ReadonlySet<Link>;
}

/** A row whose links are being followed. */
interface Step {
  readonly row: Member;
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
  rows: readonly Member[],
  linksOf: (row: Member) => readonly Link[],
  breakable: (circle: readonly Link[]) => Link | undefined,
): Order {
  const walk = new Walk(linksOf, breakable);
  for (const row of rows) begin(row);
  for (const row of rows) walk.follow(row);
  return { rows: walk.ordered, later: walk.later };
}

function begin(row: Member): void {
  row.isOrdered = false;
  row.place = -1;
}

const isOrdered = ({ to }: Link): boolean => to.isOrdered;

/** Follows links by a path of its own, for a tree may be deeper than the stack. */
export class Walk {
  readonly ordered: Member[] = [];
  readonly later = new Set<Link>();
  readonly #path: Step[] = [];
  readonly #linksOf: (row: Member) => readonly Link[];
  readonly #breakable: (circle: readonly Link[]) => Link | undefined;

  constructor(linksOf: (row: Member) => readonly Link[], breakable: (circle: readonly Link[]) => Link | undefined) {
    this.#linksOf = linksOf;
    this.#breakable = breakable;
  }

  follow(first: Member): void {
    if (first.isOrdered) return;
    if (this.#linksOf(first).every(isOrdered)) return this.#order(first);
    this.#enter(first, undefined);
    for (let last = this.#path.at(-1); last !== undefined; last = this.#path.at(-1)) {
      const link = this.#linksOf(last.row)[last.followed++];
      if (link === undefined) this.#order(this.#leave());
      else if (link.to.isOrdered || this.later.has(link)) continue;
      else if (link.to.place === -1) this.#enter(link.to, link);
      else this.#break([...this.#path.slice(link.to.place + 1).map(({ via }) => via!), link]);
    }
  }

  #break(circle: readonly Link[]): void {
    const broken = this.#breakable(circle);
    if (broken === undefined) throw new CyclicReferenceError(circle.map(({ reference }) => reference.name));
    this.later.add(broken);
    while (this.#path.at(-1)!.row !== broken.from) this.#leave(); // what stands behind it is come to again
  }

  #enter(row: Member, via: Link | undefined): void {
    row.place = this.#path.length;
    this.#path.push({ row, via, followed: 0 });
  }

  #leave(): Member {
    const { row } = this.#path.pop()!;
    row.place = -1;
    return row;
  }

  #order(row: Member): void {
    row.isOrdered = true;
    this.ordered.push(row);
  }
}
