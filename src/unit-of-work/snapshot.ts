import { generate, oncePerTable, quoted, Stored } from '../query/index.js';
import type { TableSchema } from '../schema/index.js';
import type { Link, Member } from './link.js';

/** What stands for a field that the object did not have at all. */
const missing = Symbol('missing');

/** The fields of members before they were written, to be put back should the writes be undone. */
export class Snapshot {
  readonly #members: readonly Member[];
  /** The fields of one member after those of the other. */
  readonly #before: readonly unknown[];
  readonly #links: readonly (readonly Link[])[];
  #after: readonly unknown[] | undefined;

  constructor(members: readonly Member[]) {
    this.#members = members;
    this.#before = valuesOf(members);
    this.#links = members.map(({ planned }) => planned);
  }

  /** Says that the writes are done: what a field is given from now on, it is given by the user. */
  close(): void {
    this.#after = valuesOf(this.#members);
  }

  /** Puts back what the writes changed, and lets instances lead again to what still has no key. */
  restore(): void {
    const after = this.#after;
    const now = after && valuesOf(this.#members);
    let place = 0;
    for (const { instance, schema, fields } of this.#members) {
      Stored.row(instance); // finds out first that its transaction was undone
      for (const { property } of remembered(schema)) {
        const isLater = after !== undefined && !Object.is(now![place], after[place]);
        put(fields, property, isLater ? now![place] : this.#before[place]);
        place++;
      }
    }
    for (const { from, to, reference } of this.#links.flat()) reference.lead(from.instance, to.instance, true);
  }
}

function valuesOf(members: readonly Member[]): unknown[] {
  const values: unknown[] = [];
  let [schema, push]: [TableSchema | undefined, Push] = [undefined, () => undefined];
  for (const member of members) {
    if (member.schema !== schema) push = pusher((schema = member.schema));
    push(values, member.fields);
  }
  return values;
}

/** Puts the fields of an object behind other values. */
type Push = (values: unknown[], fields: Record<string, unknown>) => void;

/** The columns whose fields a write may fill: not those inside of objects, which are the user's own. */
const remembered = oncePerTable((schema) => {
  const { columns, options } = schema;
  return options.embedded === undefined ? columns : columns.filter(({ embedded }) => embedded === undefined);
});

const pusher = oncePerTable((schema): Push => {
  const columns = remembered(schema);
  const steps = columns.map(({ property, deferred }) => {
    const field = quoted(property);
    // looking at what is deferred would read it
    if (deferred) return `values.push(hasOwn(o, ${field}) ? o[${field}] : missing);`;
    return `f = o[${field}]; values.push(f === undefined && !(${field} in o) ? missing : f);`;
  });
  const text = `function push(values, o) { let f; ${steps.join(' ')} }`;
  return (
    generate<Push>({ missing, hasOwn: Object.hasOwn }, text) ??
    ((values, fields) => {
      for (const { property, deferred } of columns) {
        const isThere = deferred ? Object.hasOwn(fields, property) : property in fields;
        values.push(isThere ? fields[property] : missing);
      }
    })
  );
});

function put(fields: Record<string, unknown>, property: string, value: unknown): void {
  if (value === missing) delete fields[property];
  else if (!Object.is(fields[property], value)) fields[property] = value;
}
