import { blob, datetime, id, integer, json, Model, table, text, type Generated } from 'litemodel';

/** A model with a column of each kind of value that can change without being assigned. */
@table('people')
export class Person extends Model {
  @id() id!: Generated<number>;
  @text({ unique: true }) name!: string;
  @integer({ default: 18 }) age!: Generated<number>;
  @json<{ tags: string[]; deep?: { n: number } }>({ nullable: true }) settings!: {
    tags: string[];
    deep?: { n: number };
  } | null;
  @datetime({ nullable: true }) seenAt!: Date | null;
  @blob({ nullable: true }) photo!: Uint8Array | null;
}

export const selectPeople = 'SELECT "id", "name", "age", "settings", "seen_at", "photo" FROM "people"';
