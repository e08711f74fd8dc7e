import type { Value } from './value.js';
import { unsupported } from './failure.js';

/** A row of a query, inside of a row of the query around it. */
export interface Env {
  readonly row: readonly Value[];
  readonly parameters: readonly Value[];
  readonly outer: Env | undefined;
}

/** Computes a value from a row. */
export type Evaluate = (env: Env) => Value;

/** A column that can be named. */
export interface NamedColumn {
  readonly name: string;
  readonly collation: string | undefined;
}

/** What names mean in a query: those of its own columns, and those of the query around it. */
export class Scope {
  /** What the table is called; `undefined` for a query in FROM, whose columns are named alone. */
  readonly table: string | undefined;
  readonly #columns: readonly NamedColumn[];
  readonly #outer: Scope | undefined;

  constructor(table: string | undefined, columns: readonly NamedColumn[], outer: Scope | undefined) {
    this.table = table?.toLowerCase();
    this.#columns = columns;
    this.#outer = outer;
  }

  /** How a column is read, and how it is compared. */
  find(
    table: string | undefined,
    name: string,
  ): { readonly evaluate: Evaluate; readonly collation: string | undefined } {
    const wanted = name.toLowerCase();
    let depth = 0;
    for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.#outer, depth++) {
      if (scope.table !== table?.toLowerCase()) continue;
      const place = scope.#columns.findIndex((column) => column.name.toLowerCase() === wanted);
      if (place >= 0) return { evaluate: reader(depth, place), collation: scope.#columns[place]!.collation };
    }
    throw unsupported(`column "${name}" where a query names it`);
  }
}

function reader(depth: number, place: number): Evaluate {
  if (depth === 0) return ({ row }) => row[place]!;
  return (env) => {
    let at = env;
    for (let level = 0; level < depth; level++) at = at.outer!;
    return at.row[place]!;
  };
}
