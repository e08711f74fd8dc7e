/** One declaration, compiled by every compiler in both dialects of decorators: it imports nothing but litemodel. */
import {
  bigint,
  blob,
  boolean,
  choice,
  createdAt,
  date,
  datetime,
  decimal,
  id,
  index,
  integer,
  json,
  Model,
  real,
  sql,
  table,
  text,
  updatedAt,
  uuid,
  type Generated,
} from 'litemodel';

export abstract class Timestamped extends Model {
  @id() id!: Generated<number>;
  @createdAt() createdAt!: Generated<Date>;
}

@table('articles', { checks: { title_is_short: sql`length(title) < 100` }, indexes: [{ on: ['author', 'status'] }] })
@index({ on: sql`lower(title)`, unique: true, name: 'articles_title' })
export class Article extends Timestamped {
  @text({ unique: true, collate: 'NOCASE' }) title!: string;
  @text({ index: true }) accessor author: string = 'nobody';
  @choice(['draft', 'published'], { default: 'draft' }) status!: Generated<'draft' | 'published'>;
  @integer({ default: 0, check: sql`views >= 0` }) views!: Generated<number>;
  @bigint({ nullable: true }) accessor size: bigint | null = null;
  @real({ nullable: true }) score!: number | null;
  @boolean({ default: true }) open!: Generated<boolean>;
  @datetime({ nullable: true, storage: 'integer' }) readAt!: Date | null;
  @date({ nullable: true }) dueOn!: string | null;
  @decimal(10, 2, { default: '1.50' }) price!: Generated<string>;
  @blob({ nullable: true }) cover!: Uint8Array | null;
  @uuid({ nullable: true }) accessor reference: string | null = null;
  @json<{ tags: string[] }>({ default: { tags: [] } }) meta!: Generated<{ tags: string[] }>;
  @text({ generated: sql`upper(title)`, readOnly: true }) heading!: Generated<string>;
  @updatedAt({ name: 'changed' }) updatedAt!: Generated<Date>;

  readonly #secret = 'secret';
  readonly seen = new Map<string, number>([['begin', 1]]);
  initialized: Generated<string> = 'initial';

  get summary(): Generated<string> {
    return `${this.title} by ${this.author}`;
  }

  set summary(summary: string) {
    [this.title, this.author] = summary.split(' by ') as [string, string];
  }

  reveal(): string {
    return this.#secret;
  }
}

@table('notes')
export class Note extends Timestamped {
  @text() body!: string;
}

export const models = [Article, Note];
