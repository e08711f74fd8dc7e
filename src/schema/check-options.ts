import { DefinitionError, didYouMean } from '../errors/index.js';

/** Refuses options that a decorator does not have, and says which ones were meant: they would be taken for left out. */
export function checkOptions(decorator: string, given: object, known: Readonly<Record<string, true>>): void {
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(known, name)) continue;
    throw new DefinitionError(`@${decorator} has no option "${name}".`, didYouMean(name, Object.keys(known)));
  }
}
