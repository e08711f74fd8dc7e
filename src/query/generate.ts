import type { TableSchema } from '../schema/index.js';

/** A name as a string in generated code; nothing else of a model gets into its text. */
export const quoted = (property: string): string => JSON.stringify(property);

/**
 * A function made for one table from text, with the values that the text names: the engine then sees objects of one shape only,
 * and no loop. `undefined` where a content security policy forbids it, as it does in many pages and Electron windows: whoever
 * calls has a loop that does the same.
 */
export function generate<Made>(named: Readonly<Record<string, unknown>>, text: string): Made | undefined {
  try {
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- see `quoted`
    const make = new Function(...Object.keys(named), `return ${text};`) as (...values: readonly unknown[]) => Made;
    return make(...Object.values(named));
  } catch {
    return undefined;
  }
}

/** What is made for each table once, when it is first asked for. */
export function oncePerTable<Made>(make: (schema: TableSchema) => Made): (schema: TableSchema) => Made {
  const made = new WeakMap<TableSchema, Made>();
  return (schema) => {
    const found = made.get(schema);
    if (found !== undefined || made.has(schema)) return found as Made;
    const fresh = make(schema);
    made.set(schema, fresh);
    return fresh;
  };
}
