import { DefinitionError } from '../errors/index.js';
import { noteHook, openNotes } from '../schema/index.js';
import { declarationBehind, type RelationFor } from './decorator.js';
import { rowChanges } from './row-changes.js';

/**
 * Adds relations to a class that extends what `defineModel` made, without decorators.
 *
 *     class User extends defineModel('users', { id: id(), name: text() }) {
 *       declare posts: Post[];
 *       static { relate(User, { posts: hasMany(() => Post, 'authorId') }); }
 *     }
 *
 * Throws `DefinitionError` once the class was used.
 */
export function relate<Instance>(
  model: { readonly prototype: Instance },
  relations: { readonly [Field in keyof Instance]?: RelationFor<Instance, Instance[Field]> },
): void {
  const { name, prototype } = model as unknown as { readonly name: string; readonly prototype: object };
  const notes = openNotes(prototype);
  if (notes.isRead) {
    throw new DefinitionError(
      `relate(${name}, …) comes too late: the table of ${name} is defined already.`,
      `Call it in the class: class ${name} extends defineModel(…) { static { relate(${name}, { … }); } }.`,
    );
  }
  for (const [field, relation] of Object.entries(relations)) {
    const declaration = declarationBehind(relation as object);
    if (declaration === undefined) {
      throw new DefinitionError(
        `${name}.${field} is given no relation.`,
        'Use belongsTo(…), hasMany(…) or another of them.',
      );
    }
    notes.relations.set(field, declaration);
    noteHook(prototype, rowChanges, field);
  }
}
