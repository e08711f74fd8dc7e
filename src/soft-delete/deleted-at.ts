import {
  columnDefinition,
  dateTimeIntegerType,
  dateTimeType,
  declareColumn,
  type DeletionDeclaration,
  type NullableColumn,
  type TimestampOptions,
} from '../schema/index.js';
import { MarkedDeletion } from './marked-deletion.js';

/**
 * When the row was deleted; null where it was not. It makes `delete` an update, wherever rows of the model are deleted, and hides
 * deleted rows from every query that does not ask for them.
 *
 *     @deletedAt() deletedAt!: Date | null;
 *     // "deleted_at" TEXT, and what is unique is so by an index … WHERE "deleted_at" IS NULL
 *
 *     ann.delete();                                    // UPDATE "users" SET "deleted_at" = ? WHERE "id" = ? AND "deleted_at" IS NULL
 *     User.query().withDeleted().all();
 *     User.query().onlyDeleted().all();
 *     ann.restore();
 *     ann.forceDelete();                               // DELETE FROM "users" WHERE "id" = ?
 *
 * It is written by `delete` and `restore`; `save` and `update` throw `ReadOnlyFieldError`. ISO-8601 text unless `storage` says
 * otherwise.
 */
export function deletedAt({ storage, ...options }: TimestampOptions = {}): NullableColumn<Date> {
  const type = storage === 'integer' ? dateTimeIntegerType : dateTimeType;
  return declareColumn(
    type,
    columnDefinition('deletedAt', { ...options, nullable: true }, { readOnly: 'stored', deletion: declaration }),
  );
}

const declaration: DeletionDeclaration = { define: (column) => new MarkedDeletion(column) };
