import { bigint, boolean, createdAt, id, json, Model, table, text, updatedAt, uuid, type Generated } from 'litemodel';
import { Book } from './book.js';

@table('authors')
export class Author extends Model {
  @id() id!: Generated<number>;
  @text({ unique: true, collate: 'NOCASE' }) name!: string;
  @text({ nullable: true }) accessor country: string | null = null;
  @bigint() readers!: bigint;
  @boolean({ default: false }) retired!: Generated<boolean>;
  @uuid({ nullable: true }) token!: string | null;
  @json<{ languages: string[] }>({ default: { languages: [] } }) profile!: Generated<{ languages: string[] }>;
  @createdAt() joinedAt!: Generated<Date>;
  @updatedAt({ storage: 'integer' }) changedAt!: Generated<Date>;

  books(): Book[] {
    return Book.filter({ authorId: this.id }).orderBy('id').all();
  }
}
