import { nearest, UnsupportedError } from '../errors/index.js';

/** The options that every `open` takes; drivers have some of their own. */
export const openOptionNames = {
  alias: true,
  models: true,
  schema: true,
  lenient: true,
  strictLoading: true,
  cascadeEvents: true,
  readonly: true,
  replace: true,
  statementCacheSize: true,
  queueTimeout: true,
  onStatement: true,
  onState: true,
  busyTimeout: true,
  journalMode: true,
  synchronous: true,
  foreignKeys: true,
  recursiveTriggers: true,
  trustedSchema: true,
  journalSizeLimit: true,
  cacheSize: true,
} as const;

/** Refuses an option of `open` that is misspelt: a file opened with `readOnly` would be written. */
export function checkNames(options: object, known: Readonly<Record<string, true>>): void {
  for (const name of Object.keys(options)) {
    const meant = Object.hasOwn(known, name) ? undefined : nearest(name, Object.keys(known));
    if (meant !== undefined) throw new UnsupportedError(`open() has no option "${name}".`, `Did you mean "${meant}"?`);
  }
}
