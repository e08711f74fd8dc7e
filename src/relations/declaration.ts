import type { BoundTable, QueryState, RowGraph } from '../query/index.js';
import type { RelationDeclaration } from '../schema/index.js';
import type { Expression, Program } from '../sql/index.js';
import { connect } from './connect.js';
import { relationCondition } from './condition.js';
import { KeyRelation, type KeyRelationOptions } from './key-relation.js';
import { loadRelation } from './load.js';
import { awaited, ensureLoaded, give, relatedLifecycle } from './related.js';

/** A relation by a foreign key, with what it does for queries. */
class LoadedRelation extends KeyRelation {
  load(table: BoundTable, owners: readonly object[], state: QueryState): Program<void> {
    return loadRelation(this, table, owners, state);
  }

  condition(value: unknown): Expression {
    return relationCondition(this, value);
  }

  give(instance: object, value: unknown): void {
    give(this, instance, value);
  }

  awaits(instance: object): object | undefined {
    return awaited(this, instance);
  }

  connect(rows: RowGraph, owner: object, related: object): void {
    connect(this, rows, owner, related);
  }

  ensure(table: BoundTable, instance: object, state: QueryState): Program<void> {
    return ensureLoaded(this, table, instance, state);
  }
}

/** The declaration of a relation by a foreign key. */
export const keyRelation = (options: KeyRelationOptions): RelationDeclaration => ({
  keyFields: options.kind === 'belongsTo' ? options.key : [],
  define: (owner, property) => new LoadedRelation(owner, property, options),
  lifecycle: relatedLifecycle,
});
