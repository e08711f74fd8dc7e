import { ValidationError, type Failure } from '../errors/index.js';
import { isMarked, Stored, type BoundTable, type Hook, type InstanceFeature } from '../query/index.js';
import { latest } from '../schema/index.js';
import type { Program } from '../sql/index.js';
import { failuresAtCommit, failuresOf, type CheckMethod, type FieldRules } from './failures.js';

type Noted = readonly (FieldRules | CheckMethod)[];

/** The feature by which a save is refused whose instance does not meet the rules of its model. */
export const validation: InstanceFeature = {
  name: 'validation',
  hooksOf(table, noted) {
    if (noted.length === 0) return undefined;
    const rules = rulesOf(noted);
    const atCommit = rules.filter((one): one is CheckMethod => 'method' in one && one.atCommit);
    const refuse = (failures: readonly Failure[]): void => {
      if (failures.length > 0) throw new ValidationError(table.schema.modelName, failures);
    };
    const validate: Hook = function* ({ instance }) {
      refuse(yield* failuresOf(table as BoundTable, instance, rules));
    };
    if (atCommit.length === 0) return { at: { validate } };
    const beforeCommit: Hook = function* ({ instance, verb }) {
      const row = Stored.row(instance);
      if (row === null || (row !== undefined && isMarked(table.schema, row))) return; // deleted since
      if (verb === 'restore') return; // which writes nothing that rules are about
      refuse(yield* failuresAtCommit(table as BoundTable, instance, atCommit));
    };
    return { at: { validate, beforeCommit } };
  },
};

const rulesOf = (noted: readonly unknown[]): Noted =>
  latest(noted as Noted, (one) => ('method' in one ? one.key : undefined));

/** Lists all that is wrong with an instance. */
export const listFailures = (table: BoundTable, instance: object): Program<readonly Failure[]> =>
  failuresOf(table, instance, rulesOf(table.schema.options.hooks.get(validation) ?? []));
