import { oncePerTable, type Reference } from '../query/index.js';
import type { ColumnSchema, ForeignKeySchema, TableSchema } from '../schema/index.js';
import { Link, type Member } from './link.js';

/** The value of a column, as an instance has it or its row. */
export type ValueOf = (member: Member, column: ColumnSchema) => unknown;

type Owner = TableSchema['reference']['owner'];

/** A foreign key, and the table that it leads to. */
interface Key {
  readonly reference: Reference;
  readonly target: Owner;
}

/** A foreign key as a reference without a field: its values are there. */
const keyOf = (schema: TableSchema, { columns, target, targetColumns, deferrable }: ForeignKeySchema): Key => ({
  reference: {
    name: schema.field(columns[0]!),
    columns,
    target: targetColumns,
    isDeferrable: deferrable,
    leads: () => true,
    lead: () => undefined,
  },
  target: target.reference.owner,
});

const keysOf = oncePerTable((schema): readonly Key[] => schema.foreignKeys.map((key) => keyOf(schema, key)));

/** Finds among members those that others refer to by the values of foreign keys. */
export class LinksByKey {
  readonly #members: readonly Member[];
  readonly #valueOf: ValueOf;
  readonly #byKey = new Map<Owner, ReadonlyMap<string, Member>>();

  constructor(members: readonly Member[], valueOf: ValueOf) {
    this.#members = members;
    this.#valueOf = valueOf;
  }

  /** What a member refers to, besides the links that are known. */
  of(from: Member, known: readonly Link[]): readonly Link[] {
    let links = known;
    for (const { reference, target } of keysOf(from.schema)) {
      const key = this.#textOf(from, reference.columns);
      const to = key === undefined ? undefined : this.#membersOf(target).get(key);
      if (to !== undefined && to !== from) links = [...links, new Link(from, to, reference)];
    }
    return links;
  }

  #membersOf(target: Owner): ReadonlyMap<string, Member> {
    const known = this.#byKey.get(target);
    if (known !== undefined) return known;
    const found = new Map<string, Member>();
    for (const member of this.#members) {
      const { reference, primaryKey } = member.schema;
      const key = reference.owner === target ? this.#textOf(member, primaryKey) : undefined;
      if (key !== undefined) found.set(key, member);
    }
    this.#byKey.set(target, found);
    return found;
  }

  /** A key as a text; none where a part of it is missing. */
  #textOf(member: Member, columns: readonly ColumnSchema[]): string | undefined {
    let text = '';
    for (const column of columns) {
      const value = this.#valueOf(member, column);
      if (value === undefined || value === null) return undefined;
      // eslint-disable-next-line @typescript-eslint/no-base-to-string -- keys are values of SQLite
      text += `${value instanceof Uint8Array ? `x${value.join()}` : String(value)}\0`;
    }
    return text;
  }
}
