import {
  bigint,
  blob,
  boolean,
  datetime,
  id,
  integer,
  Model,
  real,
  table,
  text,
  type Generated,
  type Input,
} from 'litemodel';

/** A row with a column of each type that conditions can be put on, all but `id` nullable. */
@table('samples')
export class Sample extends Model {
  @id() id!: Generated<number>;
  @text({ nullable: true }) name!: string | null;
  @text({ nullable: true, collate: 'NOCASE' }) tag!: string | null;
  @text({ nullable: true }) nick!: string | null;
  @integer({ nullable: true }) age!: number | null;
  @integer({ nullable: true, name: 'limit' }) most!: number | null;
  @real({ nullable: true }) score!: number | null;
  @boolean({ nullable: true }) active!: boolean | null;
  @datetime({ nullable: true }) seenAt!: Date | null;
  @bigint({ nullable: true }) size!: bigint | null;
  @blob({ nullable: true }) bytes!: Uint8Array | null;
}

export type SampleRow = { readonly id: number } & Required<Omit<Input<Sample>, 'id'>>;

/** What a query for whole samples begins with. */
export const selectSamples =
  'SELECT "id", "name", "tag", "nick", "age", "limit", "score", "active", "seen_at", "size", "bytes" FROM "samples"';

export const ids = (rows: readonly { readonly id: number }[]): number[] => rows.map((row) => row.id);
