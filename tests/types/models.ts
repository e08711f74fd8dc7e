import {
  bigint,
  blob,
  boolean,
  choice,
  column,
  createdAt,
  datetime,
  decimal,
  id,
  integer,
  json,
  Model,
  real,
  table,
  text,
  updatedAt,
  uuid,
  type Codec,
  type Generated,
} from 'litemodel';

export interface Settings {
  theme: 'dark' | 'light';
  volume?: number;
  panes?: { left: { width: number; pinned: boolean } };
}

/** A value with methods and private parts, stored by a codec. */
export class Color {
  readonly #rgb: number;
  readonly name = 'red';

  constructor(rgb: number) {
    this.#rgb = rgb;
  }

  toNumber(): number {
    return this.#rgb;
  }
}

export const color: Codec<Color> = {
  storage: 'INTEGER',
  encode: (value) => value.toNumber(),
  decode: (stored) => new Color(Number(stored)),
};

@table('users')
export class User extends Model {
  @id() id!: Generated<number>;
  @text({ unique: true }) email!: string;
  @text() name!: string;
  @text({ nullable: true }) bio!: string | null;
  @integer({ default: 0 }) age!: Generated<number>;
  @boolean({ default: true }) active!: Generated<boolean>;
  @choice(['admin', 'guest']) role!: 'admin' | 'guest';
  @choice(['en', 'de'], { default: 'en' }) language!: Generated<'en' | 'de'>;
  @json<Settings>() settings!: Settings;
  @json<string[]>() tags!: string[];
  @json<Record<string, number>>() counts!: Record<string, number>;
  @column(color) background!: Color;
  @createdAt() createdAt!: Generated<Date>;
  @updatedAt() updatedAt!: Generated<Date>;

  readonly #secret = 'x';
  private cached = 0;
  protected note = 'y';

  get firstName(): string {
    return this.name.split(' ')[0] ?? this.#secret + this.note + String(this.cached);
  }

  greet(): string {
    return `Hello, ${this.name}`;
  }

  static adults() {
    return this.filter({ age: 18 });
  }
}

@table('posts')
export class Post extends Model {
  @uuid({ primaryKey: true }) id!: Generated<string>;
  @text() title!: string;
  @integer() authorId!: number;
  @choice(['draft', 'published']) status!: 'draft' | 'published';
  @decimal(10, 2) price!: string;
  @bigint() size!: bigint;
  @real({ nullable: true }) score!: number | null;
  @datetime() publishedAt!: Date;
  @blob({ nullable: true }) cover!: Uint8Array | null;
}

@table('memberships', { primaryKey: ['userId', 'groupId'] })
export class Membership extends Model {
  @integer() userId!: number;
  @integer() groupId!: number;
  @text({ nullable: true }) note!: string | null;
}

/** Columns that several models have. */
export abstract class Timestamped extends Model {
  @id() id!: Generated<number>;
  @createdAt() createdAt!: Generated<Date>;
}

@table('events')
export class Event extends Timestamped {
  @text() title!: string;

  override save(): this {
    return super.save();
  }

  static titled(title: string) {
    return this.filter({ title }).orderBy('createdAt');
  }
}
