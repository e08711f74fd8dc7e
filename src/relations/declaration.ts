import type { RelationDeclaration, TableSchema } from '../schema/index.js';
import { KeyRelation, type KeyRelationOptions } from './key-relation.js';
import { relatedLifecycle } from './related.js';
import type { FieldRelation } from './relation.js';

/** The declaration of a relation: what makes it, once there is the table of its owner. */
export const declarationOf = (
  define: (owner: TableSchema, property: string) => FieldRelation,
  keyFields: readonly string[] = [],
): RelationDeclaration => ({ keyFields, define, lifecycle: relatedLifecycle });

/** The declaration of a relation by a foreign key. */
export const keyRelation = (options: KeyRelationOptions): RelationDeclaration =>
  declarationOf(
    (owner, property) => new KeyRelation(owner, property, options),
    options.kind === 'belongsTo' ? options.key : [],
  );
