import {
  bigint,
  blob,
  boolean,
  choice,
  createdAt,
  date,
  datetime,
  decimal,
  defineModel,
  id,
  integer,
  json,
  sql,
  text,
  updatedAt,
  type ModelHome,
} from 'litemodel';

interface Settings {
  theme?: string;
  sizes?: number[];
  nested?: { on?: boolean; depth?: number | null };
}

/** A model with every kind of column, some of which a window does not get at. */
export class Note extends defineModel('notes', {
  id: id(),
  title: text({ collate: 'NOCASE' }),
  body: text({ nullable: true }),
  stars: integer({ nullable: true }),
  done: boolean({ default: false }),
  price: decimal(10, 2, { default: '0.00' }),
  size: bigint({ default: 0n }),
  seenAt: datetime({ nullable: true }),
  day: date({ nullable: true }),
  status: choice(['draft', 'published'], { default: 'draft' }),
  settings: json<Settings>({ default: () => ({}) }),
  data: blob({ nullable: true }),
  ownerId: integer({ default: 1 }),
  secret: text({ hidden: true, default: 'HIDDEN' }),
  shout: text({ generated: sql`upper(title)`, nullable: true }),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
}) {}

/** A model whose key is a text. */
export class Tag extends defineModel('tags', {
  name: text({ primaryKey: true }),
  color: text({ default: 'gray' }),
  noteId: integer({ nullable: true }),
}) {}

/** A model whose key has two columns. */
export class Membership extends defineModel(
  'memberships',
  { userId: integer(), team: text(), points: integer({ default: 0 }) },
  { primaryKey: ['userId', 'team'] },
) {}

/** A model that no window is ever allowed to use. */
export class Secret extends defineModel('secrets', { id: id(), code: text() }) {}

export const models = [Note, Tag, Membership, Secret];

/** A model in a database, in the types of main whatever the face: the methods of both have the same names. */
export const at = <Class extends { using(home: ModelHome<'sync'>): unknown }>(model: Class, home: ModelHome): Class =>
  model.using(home as ModelHome<'sync'>) as Class;
