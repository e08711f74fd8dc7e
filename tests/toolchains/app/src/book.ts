import {
  blob,
  choice,
  date,
  datetime,
  decimal,
  id,
  index,
  integer,
  isNull,
  Model,
  real,
  scope,
  sql,
  table,
  text,
  type Generated,
} from 'litemodel';
import { Author } from './author.js';

const inPrint = scope<Book>('inPrint', { withdrawnOn: isNull() });

abstract class Catalogued extends Model {
  @id() id!: Generated<number>;
  @text() accessor shelf: Generated<string> = 'unsorted';
}

@table('books', {
  scopes: [inPrint],
  checks: { title_is_short: sql`length(title) < 100` },
  indexes: [{ on: ['authorId', 'status'] }],
})
@index({ on: sql`lower(title)`, unique: true, name: 'books_title' })
export class Book extends Catalogued {
  static readonly lendingDays: number = 14;
  static readonly longLoan = Book.lendingDays * 2; // refers to its own class while that is being made

  @text() title!: string;
  @integer({ index: true }) authorId!: number;
  @choice(['draft', 'published'], { default: 'draft' }) status!: Generated<'draft' | 'published'>;
  @real({ nullable: true }) rating!: number | null;
  @decimal(8, 2) price!: string;
  @datetime() printedAt!: Date;
  @date({ nullable: true }) withdrawnOn!: string | null;
  @blob({ nullable: true }) cover!: Uint8Array | null;
  @text({ generated: sql`upper(title)`, readOnly: true }) readonly heading!: Generated<string>;

  readonly #opened = new Map([['times', 0]]);
  notes: Generated<string[]> = ['new'];

  get author(): Author {
    return Author.findById(this.authorId)!;
  }

  get label(): string {
    return `${this.title} by ${this.author.name}`;
  }

  open(): number {
    const times = (this.#opened.get('times') ?? 0) + 1;
    this.#opened.set('times', times);
    return times;
  }

  static cheapest(): Book {
    return Book.query().orderBy('price').limit(1).one();
  }
}
