import { describe, expect, it } from 'vitest';
import {
  belongsTo,
  defineModel,
  DefinitionError,
  ForeignKeyViolation,
  hasMany,
  hasOne,
  id,
  integer,
  Model,
  relate,
  SchemaDriftError,
  sql,
  table,
  text,
  UnsupportedError,
  type Generated,
  type OpenOptions,
} from 'litemodel';
import { open as openFile } from 'litemodel/better-sqlite3';
import { ddlOf } from '../dialects/ddl.js';
import { dialects, run } from '../dialects/compile.js';
import { closedLater, drivers } from '../open-database.js';
import { Category, Comment, Post, Profile, User } from './blog.js';

const posts = `CREATE TABLE "posts" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "title" TEXT NOT NULL,
  "author_id" INTEGER NOT NULL,
  "editor_id" INTEGER,
  FOREIGN KEY ("author_id") REFERENCES "users" ("id") ON DELETE CASCADE,
  FOREIGN KEY ("editor_id") REFERENCES "users" ("id") ON DELETE SET NULL
) STRICT`;

describe('the table of a model with relations', () => {
  it('has foreign keys, and indexes of their columns', () => {
    expect(ddlOf([Post]).filter((text) => text.includes('posts'))).toEqual([
      posts,
      'CREATE INDEX "posts_author_id_index" ON "posts" ("author_id")',
      'CREATE INDEX "posts_editor_id_index" ON "posts" ("editor_id")',
    ]);
  });

  it('creates the tables that it refers to along, and these theirs', () => {
    expect(ddlOf([Comment]).filter((text) => text.startsWith('CREATE TABLE'))).toEqual(
      ['comments', 'posts', 'users'].map((name) => expect.stringContaining(`CREATE TABLE "${name}"`) as string),
    );
  });

  it('has no second index where an index, a key or a UNIQUE begins with the columns', () => {
    expect(ddlOf([Profile]).filter((text) => text.startsWith('CREATE INDEX'))).toEqual([]);
    const Membership = defineModel(
      'memberships',
      { userId: integer(), groupId: integer(), invitedBy: integer() },
      { primaryKey: ['userId', 'groupId'], indexes: [{ on: ['invitedBy', 'groupId'] }] },
    );
    class Member extends Membership {
      static {
        relate(Member, {
          user: belongsTo(() => User, 'userId'),
          inviter: belongsTo(() => User, 'invitedBy'),
          group: belongsTo(() => Category, 'groupId'),
        } as object);
      }
    }
    expect(ddlOf([Member]).filter((text) => text.startsWith('CREATE INDEX "memberships'))).toEqual([
      'CREATE INDEX "memberships_invited_by_group_id_index" ON "memberships" ("invited_by", "group_id")',
      'CREATE INDEX "memberships_group_id_index" ON "memberships" ("group_id")',
    ]);
  });

  it('takes keys of several columns, deferred checks and every action', () => {
    const Seat = defineModel('seats', { row: integer(), number: integer() }, { primaryKey: ['row', 'number'] });
    class Ticket extends defineModel('tickets', { id: id(), row: integer(), number: integer() }) {
      static {
        relate(Ticket, {
          seat: belongsTo(() => Seat, ['row', 'number'], {
            onDelete: 'restrict',
            onUpdate: 'set default',
            deferrable: true,
          }),
        } as object);
      }
    }
    expect(ddlOf([Ticket])).toContain(`CREATE TABLE "tickets" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "row" INTEGER NOT NULL,
  "number" INTEGER NOT NULL,
  FOREIGN KEY ("row", "number") REFERENCES "seats" ("row", "number") ON DELETE RESTRICT ON UPDATE SET DEFAULT DEFERRABLE INITIALLY DEFERRED
) STRICT`);
    expect(ddlOf([Ticket])).toContain('CREATE INDEX "tickets_row_number_index" ON "tickets" ("row", "number")');
  });

  it('makes no foreign key, but an index, with { constraint: false }', () => {
    class Visit extends defineModel('visits', { id: id(), userId: integer() }) {
      static {
        relate(Visit, { user: belongsTo(() => User, 'userId', { constraint: false }) } as object);
      }
    }
    expect(ddlOf([Visit])).toEqual([
      'CREATE TABLE "visits" (\n  "id" INTEGER NOT NULL PRIMARY KEY,\n  "user_id" INTEGER NOT NULL\n) STRICT',
      'CREATE INDEX "visits_user_id_index" ON "visits" ("user_id")',
    ]);
  });
});

const program = `
import { belongsTo, hasMany, id, integer, Model, table, text } from 'litemodel';
@table('users') export class User extends Model {
  @id() id: number;
  @hasMany(() => Post, 'authorId') accessor drafts: Post[];
  @hasMany(() => Post, 'authorId') posts: Post[];
}
@table('posts') export class Post extends Model {
  @id() id: number;
  @integer() authorId: number;
  @belongsTo(() => User, 'authorId') author: User;
}`;

it.each(dialects)('is the same compiled by $name', (compiler) => {
  const models = run(compiler, program);
  expect(ddlOf([models.Post as never])[0]).toBe(`CREATE TABLE "posts" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "author_id" INTEGER NOT NULL,
  FOREIGN KEY ("author_id") REFERENCES "users" ("id")
) STRICT`);
});

describe.each(drivers)('foreign keys on $name', ({ open }) => {
  const database = (options?: OpenOptions) => open({ models: [User, Profile, Post, Comment, Category], ...options });

  it('hold, and cascade', async () => {
    const db = await database();
    expect(() => Post.create({ title: 'x', authorId: 7 })).toThrow(ForeignKeyViolation);
    const ann = User.create({ name: 'Ann' });
    const bob = User.create({ name: 'Bob' });
    Post.create({ title: 'x', authorId: ann.id, editorId: bob.id });
    bob.delete();
    expect(db.all(sql`SELECT author_id, editor_id FROM posts`)).toEqual([{ author_id: 1, editor_id: null }]);
    ann.delete();
    expect(Post.count()).toBe(0);
  });

  it('that are deferred are checked at COMMIT', async () => {
    class Node extends defineModel('nodes', { id: id(), nextId: integer() }) {
      static {
        relate(Node, { next: belongsTo(() => Node, 'nextId', { deferrable: true }) } as object);
      }
    }
    const db = await open({ models: [Node] });
    db.transaction(() => {
      Node.create({ id: 1, nextId: 2 });
      Node.create({ id: 2, nextId: 1 });
    });
    expect(Node.count()).toBe(2);
    expect(() => db.transaction(() => void Node.create({ id: 3, nextId: 9 }))).toThrow(ForeignKeyViolation);
  });
});

describe.each(drivers)('a file that is opened again on $name', ({ open }) => {
  const users = 'CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, country TEXT) STRICT;';
  const postsWith = (author: string, more = '') =>
    `${users} CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT NOT NULL, author_id INTEGER NOT NULL ${author},
     editor_id INTEGER REFERENCES users ON DELETE SET NULL ${more}) STRICT;`;
  /** What is different from the model of posts. */
  const drift = async (script: string, model: typeof Post = Post): Promise<readonly string[]> => {
    const db = await open({ replace: true });
    db.execute(script);
    try {
      model.using(db).count();
      return [];
    } catch (error) {
      expect(error).toBeInstanceOf(SchemaDriftError);
      return (error as SchemaDriftError).differences.filter((each) => !each.startsWith('index'));
    }
  };

  it('is accepted when its foreign keys say the same in other words', async () => {
    expect(await drift(postsWith('CONSTRAINT by REFERENCES Users (ID) MATCH SIMPLE ON DELETE CASCADE'))).toEqual([]);
    expect(await drift(postsWith('REFERENCES users ON UPDATE NO ACTION ON DELETE CASCADE'))).toEqual([]);
    const immediate = 'NOT DEFERRABLE INITIALLY DEFERRED';
    expect(
      await drift(postsWith(`CHECK (author_id > 0 OR 1) REFERENCES users ON DELETE CASCADE ${immediate}`)),
    ).toEqual([expect.stringContaining('CHECK')]);
    expect(await drift(postsWith(`REFERENCES users ON DELETE CASCADE DEFERRABLE INITIALLY IMMEDIATE`))).toEqual([]);
    expect(
      await drift(postsWith('', ', CONSTRAINT c FOREIGN KEY ("author_id") REFERENCES [users] (id) ON DELETE CASCADE')),
    ).toEqual([]);
  });

  const says = 'FOREIGN KEY (author_id) REFERENCES users on delete cascade';

  it.each([
    ['', [`${says} is missing`]],
    [
      'REFERENCES users ON DELETE RESTRICT',
      [
        `${says} is missing`,
        'the file has FOREIGN KEY (author_id) REFERENCES users on delete restrict, the model does not',
      ],
    ],
    [
      'REFERENCES users ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED',
      [`${says} is missing`, `the file has ${says} deferrable initially deferred, the model does not`],
    ],
  ])('is refused when they say otherwise: %s', async (clause, differences) => {
    expect(await drift(postsWith(clause))).toEqual(differences);
  });

  it('is refused when it has one more', async () => {
    const db = await open();
    db.execute(`${users} CREATE TABLE notes (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users) STRICT`);
    const Note = defineModel('notes', { id: id(), userId: integer({ nullable: true }) });
    expect(() => Note.count()).toThrow('the file has FOREIGN KEY (user_id) REFERENCES users, the model does not');
    const Other = defineModel('notes', { id: id() });
    expect(Other.count()).toBe(0); // of a column that the model does not know
  });

  it('is given a missing column with its foreign key', async () => {
    const db = await open();
    db.execute(`${users} CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT NOT NULL,
      author_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE) STRICT; INSERT INTO users VALUES (1, 'Ann', NULL);
      INSERT INTO posts VALUES (1, 'x', 1)`);
    Post.count();
    const [row] = db.all<{ sql: string }>(sql`SELECT sql FROM sqlite_schema WHERE name = 'posts'`);
    expect(row!.sql).toContain('"editor_id" INTEGER REFERENCES "users" ("id") ON DELETE SET NULL');
    expect(() => db.run(sql`UPDATE posts SET editor_id = 9`)).toThrow(ForeignKeyViolation);
  });

  it('is refused when the missing column cannot be added with its foreign key', async () => {
    class Note extends defineModel('notes', { id: id(), userId: integer({ default: 1 }) }) {
      static {
        relate(Note, { user: belongsTo(() => User, 'userId') } as object);
      }
    }
    const db = await open();
    db.execute(`${users} CREATE TABLE notes (id INTEGER PRIMARY KEY) STRICT; INSERT INTO notes VALUES (1)`);
    expect(() => Note.count()).toThrow(
      'column "user_id" is missing, and SQLite can add a REFERENCES column with a default only to an empty table',
    );
    db.execute('DELETE FROM notes');
    expect(Note.count()).toBe(0);
  });
});

describe('foreign keys across files', () => {
  it('are refused when a database is attached, or opened', () => {
    const db = closedLater(openFile(':memory:', { models: [User] }));
    expect(() => db.attach(':memory:', 'archive', { models: [Profile] })).toThrow(
      new UnsupportedError(
        'Profile has a foreign key to User, which stands in another file, where SQLite does not look.',
        'Put both into one file, or declare the relation with { constraint: false }.',
      ),
    );
    const Logged = defineModel('logged', { id: id() }, { database: 'logs', modelName: 'Logged' });
    class Entry extends defineModel('entries', { id: id(), loggedId: integer() }, { modelName: 'Entry' }) {
      static {
        relate(Entry, { logged: belongsTo(() => Logged, 'loggedId') } as object);
      }
    }
    expect(() => openFile(':memory:', { models: [Entry], alias: 'second' })).toThrow(
      'Entry has a foreign key to Logged, which stands in another file',
    );
  });

  it('are made where both tables stand in the attached file', () => {
    const db = closedLater(openFile(':memory:'));
    db.attach(':memory:', 'archive', { models: [Profile] });
    expect(db.all(sql`SELECT name FROM archive.sqlite_schema WHERE type = 'table' ORDER BY 1`)).toEqual([
      { name: 'profiles' },
      { name: 'users' },
    ]);
    expect(() => Profile.create({ userId: 1, bio: 'x' })).toThrow(ForeignKeyViolation);
  });
});

describe('a declaration', () => {
  const refusal = (work: () => unknown): string => {
    try {
      work();
    } catch (error) {
      expect(error).toBeInstanceOf(DefinitionError);
      return (error as Error).message;
    }
    throw new Error('It was not refused.');
  };
  /** The message with which a model of these relations is refused, at its definition or when it is opened. */
  const refused = (columns: Record<string, object>, relations: object): string =>
    refusal(() => {
      class Thing extends defineModel('things', { id: id(), ...columns }, { modelName: 'Thing' }) {
        static {
          relate(Thing, relations);
        }
      }
      ddlOf([Thing]);
    });

  it.each([
    [
      {},
      { user: belongsTo(() => User, 'userId') },
      'Thing.user belongs to another model by "userId", which is no column of Thing. Declare it: @integer() userId!: number.',
    ],
    [
      { userId: integer({ nullable: true }) },
      { user: belongsTo(() => User, 'userId') },
      "Thing.user is not nullable, but the column userId that it goes by is. Declare @belongsTo(…, 'userId', { nullable: true }) and a field of type … | null.",
    ],
    [
      { userId: integer() },
      { user: belongsTo(() => User, 'userId', { nullable: true }) },
      'Thing.user is nullable, but no column that it goes by is: userId. Declare the column with { nullable: true }, or the relation without.',
    ],
    [
      { userId: text() },
      { user: belongsTo(() => User, 'userId') },
      'Thing.user goes by Thing.userId, which is TEXT, while User.id is INTEGER. Give both columns the same type.',
    ],
    [
      { userId: integer(), other: integer() },
      { user: belongsTo(() => User, ['userId', 'other']) },
      'Thing.user goes by userId, other, but the primary key of User is id. Name as many fields, in the same order.',
    ],
    [
      {},
      { posts: hasMany(() => Post, 'thingId' as never) },
      'Thing.posts goes by "thingId", which is no column of Post. Name the field of Post that holds the primary key of Thing.',
    ],
    [
      {},
      { profile: hasOne(() => undefined as never, 'userId' as never) },
      'Thing.profile leads to undefined. Its function returns a model: () => User.',
    ],
    [
      {},
      { posts: hasMany(Post as never, 'userId' as never) },
      'Thing.posts was given a model instead of a function. Give one that returns the model: () => User.',
    ],
    [
      {},
      { profile: hasOne(undefined as never, 'userId' as never) },
      'Thing.profile was given undefined instead of a function. Give one that returns the model: () => User.',
    ],
    [
      {},
      { profile: hasOne(() => Date, 'getTime') },
      'Thing.profile leads to something that is no model. Its function returns a model: () => User.',
    ],
    [
      { user: integer() },
      { user: belongsTo(() => User, 'user') },
      'Thing.user is a column and a relation. Give each a field of its own.',
    ],
    [
      {},
      { save: hasMany(() => Post, 'authorId') },
      'Thing cannot have a field "save", for every instance has a member of that name. Call the field otherwise, and its column as you like: { name: "…" }.',
    ],
    [{}, { posts: text() }, 'Thing.posts is given no relation. Use belongsTo(…), hasMany(…) or another of them.'],
  ])('is refused: %#', (columns, relations, message) => {
    expect(refused(columns as Record<string, object>, relations)).toBe(message);
  });

  it('with an action that does not exist is refused', () => {
    expect(refusal(() => belongsTo(() => User, 'userId', { onDelete: 'drop' as never }))).toBe(
      'onDelete is "no action", "restrict", "set null", "set default", "cascade".',
    );
  });

  it('that comes after the table was put together is refused', () => {
    const Thing = defineModel('things', { id: id() }, { modelName: 'Thing' });
    expect(refusal(() => relate(Thing, {}))).toBe(
      'relate(Thing, …) comes too late: the table of Thing is defined already. ' +
        'Call it in the class: class Thing extends defineModel(…) { static { relate(Thing, { … }); } }.',
    );
  });

  it('by the names of relations where columns are wanted is refused', async () => {
    await drivers[0]!.open({ models: [User, Post] });
    expect(() => Post.query().orderBy('author' as never)).toThrow(
      'Post.author is a relation, and no column of Post. Name a column here.',
    );
    expect(() => Post.query().orderBy('autor' as never)).toThrow('Did you mean "author"?');
  });

  it('is inherited', () => {
    abstract class Owned extends Model {
      @id() id!: Generated<number>;
      @integer() userId!: number;
      @belongsTo(() => User, 'userId') user!: User;
    }
    @table('tools')
    class Tool extends Owned {}
    @table('toys')
    class Toy extends Owned {
      @text() name!: string;
    }
    expect(ddlOf([Tool, Toy]).filter((text) => text.includes('FOREIGN KEY ("user_id")'))).toHaveLength(2);
  });
});
