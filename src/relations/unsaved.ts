import { QueryError } from '../errors/index.js';
import { everyRow, Stored, type QueryState } from '../query/index.js';
import { constant } from '../sql/index.js';
import type { FieldRelation } from './relation.js';

/** A query that finds nothing without asking, and says why when it is to write. */
export const noRows = (why: () => QueryError): QueryState => ({ ...everyRow, where: [constant(0)], empty: why });

/** What is wrong with an instance that has no row, to which nothing can be related. */
export function whyUnsaved({ name, owner }: FieldRelation, instance: object): (() => QueryError) | undefined {
  const row = Stored.row(instance);
  if (Array.isArray(row)) return undefined;
  const how = row === null ? 'was deleted' : 'is not saved';
  return () => new QueryError(`This ${owner.modelName} ${how}, so ${name} cannot be written.`, 'Save it first.');
}

/** Refuses to write what an instance without a row leads to. */
export function checkSaved(relation: FieldRelation, instance: object): void {
  const why = whyUnsaved(relation, instance);
  if (why !== undefined) throw why();
}

/** What is wrong with an instance that nobody will insert before its key is needed. */
export const withoutKey = ({ name }: FieldRelation): QueryError =>
  new QueryError(`${name} was assigned an instance that has no key yet.`, 'Save it first.');

/** What is wrong with a reference that is null. */
export const leadsNowhere = ({ name }: FieldRelation): QueryError =>
  new QueryError(`${name} is null here, so there is nothing to write.`, 'Assign it first.');
