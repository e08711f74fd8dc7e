import { ForbiddenError } from '../errors/index.js';
import type { ColumnSchema, TableSchema } from '../schema/index.js';
import { columnParameter } from '../query/index.js';
import { and, binary, isNull, type Expression, type SqlValue } from '../sql/index.js';
import { malformed } from './untrusted-data.js';

/** What can be done with the rows of a model. */
export type Operation = 'create' | 'read' | 'update' | 'delete';

const participles: Readonly<Record<Operation, string>> = {
  create: 'created',
  read: 'read',
  update: 'updated',
  delete: 'deleted',
};

/** What a client may do with one table. */
export interface Grant {
  readonly schema: TableSchema;
  readonly operations: ReadonlySet<Operation>;
  /** The columns that it may name, by name. */
  readonly columns: ReadonlyMap<string, ColumnSchema>;
  /** What these columns hold in each row that it gets at: others it neither finds nor makes. */
  readonly rows: ReadonlyMap<ColumnSchema, SqlValue>;
}

/** What a client may do: everything that is not in here it may not. */
export class Grants {
  readonly all: readonly Grant[];
  readonly #byTable: ReadonlyMap<string, Grant>;
  readonly #collations: ReadonlySet<string>;

  constructor(grants: readonly Grant[]) {
    this.all = grants;
    this.#byTable = new Map(grants.map((grant) => [grant.schema.name, grant]));
    const ofColumns = grants.flatMap(({ schema }) => schema.columns.flatMap(({ collation }) => collation ?? []));
    this.#collations = new Set(['BINARY', 'NOCASE', 'RTRIM', ...ofColumns]);
  }

  /** What may be done with a table. */
  of(table: unknown): Grant {
    const grant = typeof table === 'string' ? this.#byTable.get(table) : undefined;
    if (grant === undefined) {
      throw new ForbiddenError(
        `The table ${quotedName(table)} may not be used over this port.`,
        'Whoever shares the database has to allow its model.',
      );
    }
    return grant;
  }

  /** The same, where an operation is certainly allowed. */
  to(operation: Operation, table: unknown): Grant {
    const grant = this.of(table);
    if (!grant.operations.has(operation)) throw notAllowed(grant, operation);
    return grant;
  }

  /** A way to compare texts that some column has, or SQLite itself. */
  collation(name: unknown): string {
    if (typeof name === 'string' && (this.#collations.has(name) || this.#collations.has(name.toUpperCase())))
      return name;
    return malformed('no column has this collation');
  }
}

function notAllowed({ schema: { modelName } }: Grant, operation: Operation): ForbiddenError {
  return new ForbiddenError(
    `${modelName} may not be ${participles[operation]} over this port.`,
    `Whoever shares the database has to allow it: allow(${modelName}, ['${operation}']).`,
  );
}

/** The column of a table with a name, where it may be named at all. */
export function columnOf({ schema, columns }: Grant, name: unknown): ColumnSchema {
  const column = typeof name === 'string' ? columns.get(name) : undefined;
  if (column === undefined) {
    throw new ForbiddenError(
      `${schema.modelName} has no column ${quotedName(name)} that may be used over this port.`,
      'Whoever shares the database can show a hidden one: allow(…, { showing: [field] }).',
    );
  }
  return column;
}

/** The condition of a statement, and that its rows are among those that may be got at. */
export function withinRows({ rows }: Grant, where: Expression | undefined): Expression | undefined {
  if (rows.size === 0) return where;
  const within = [...rows].map(([column, value]) =>
    value === null ? isNull(column.reference) : binary(column.reference, '=', columnParameter(column, value)),
  );
  // in parentheses of its own, whatever it is
  return where === undefined ? and(within) : { kind: 'and', operands: [...within, { kind: 'and', operands: [where] }] };
}

/** A name that somebody else chose, for an error. */
const quotedName = (name: unknown): string =>
  typeof name === 'string' && name.length <= 100 ? JSON.stringify(name) : 'of this name';
