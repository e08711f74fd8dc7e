import { describe, expect, it } from 'vitest';
import {
  computed,
  DefinitionError,
  belongsTo,
  createdAt,
  datetime,
  defaultScope,
  hasMany,
  id,
  index,
  integer,
  MissingFieldError,
  Model,
  scope,
  sql,
  table,
  text,
  updatedAt,
  type Generated,
  type Mixable,
} from 'litemodel';
import { Model as AsyncModel } from 'litemodel/async';
import { dialects, run } from '../dialects/compile.js';
import { ddlOf } from '../dialects/ddl.js';
import { drivers, statementsOf } from '../open-database.js';

@table('people')
class Person extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
  @hasMany(() => Post, 'ownerId') posts!: Post[];
}

const notable = scope<Owned>('notable', { rank: 1 });

/** What two models share. */
@defaultScope(scope<Owned>('current', { archivedAt: null }))
@index({ on: 'rank' })
@index({ on: sql`lower(name)`, unique: true, name: 'lower_name' })
abstract class Owned extends Model {
  @id() id!: Generated<number>;
  @text({ index: true }) name!: string;
  @integer({ default: 0 }) rank!: Generated<number>;
  @datetime({ nullable: true }) archivedAt!: Date | null;
  @integer() ownerId!: number;
  @belongsTo(() => Person, 'ownerId', { onDelete: 'cascade' }) owner!: Person;

  get label(): string {
    return `${this.name} of ${this.owner.name}`;
  }
}

@table('posts')
class Post extends Owned {
  @text() body!: string;
}

@table('places', { scopes: [scope<Place>('current', { rank: 0 })] })
class Place extends Owned {
  @integer({ name: 'height' }) meters!: number;
}

/** The DDL without the indexes that SQLite makes by itself. */
const textsOf = (models: Parameters<typeof ddlOf>[0]) => ddlOf(models).filter((text) => text !== '');

describe('an abstract class that several models extend', () => {
  it('gives each table its columns, indexes and foreign keys', () => {
    const shared = (name: string) => `CREATE TABLE "${name}" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "name" TEXT NOT NULL,
  "rank" INTEGER NOT NULL DEFAULT 0,
  "archived_at" TEXT,
  "owner_id" INTEGER NOT NULL,`;
    const key = '  FOREIGN KEY ("owner_id") REFERENCES "people" ("id") ON DELETE CASCADE\n) STRICT';
    const indexes = (name: string) => [
      `CREATE INDEX "${name}_name_index" ON "${name}" ("name")`,
      `CREATE UNIQUE INDEX "${name}_lower_name" ON "${name}" (lower(name))`,
      `CREATE INDEX "${name}_rank_index" ON "${name}" ("rank")`,
      `CREATE INDEX "${name}_owner_id_index" ON "${name}" ("owner_id")`,
    ];
    expect(textsOf([Person, Post, Place]).slice(1)).toEqual([
      `${shared('posts')}\n  "body" TEXT NOT NULL,\n${key}`,
      ...indexes('posts'),
      `${shared('places')}\n  "height" INTEGER NOT NULL,\n${key}`,
      ...indexes('places'),
    ]);
  });

  it('has no table itself', () => {
    expect(() => Owned.all()).toThrow('Owned has no table. Decorate it: @table("…") class Owned.');
  });

  it('refuses @defaultScope above @table, which does not see it', () => {
    expect(() => defaultScope(scope<Post>('late', { rank: 1 }))(Post)).toThrow(
      '@defaultScope stands above @table of Post, which does not see it. Put it below.',
    );
  });

  it.each(drivers)('shares relations, getters and scopes on $name', async ({ open }) => {
    const db = await open({ models: [Person, Post, Place] });
    const ann = Person.create({ name: 'Ann' });
    Post.create({ name: 'Owls', body: 'x', ownerId: ann.id, rank: 1 });
    Post.create({ name: 'Cats', body: 'x', ownerId: ann.id, archivedAt: new Date() });
    Place.create({ name: 'Hill', meters: 9, ownerId: ann.id });

    const read = statementsOf(db, () => {
      expect(Post.query().use(notable).all()[0]!.label).toBe('Owls of Ann');
      expect(Place.all()[0]).toBeInstanceOf(Owned);
      expect(ann.posts.map(({ name }) => name)).toEqual(['Owls']);
    });
    expect(read.map((each) => each.replace(/^SELECT .*? FROM/, 'SELECT … FROM'))).toEqual([
      'SELECT … FROM "posts" WHERE "archived_at" IS NULL AND "rank" = ?',
      'SELECT … FROM "people" WHERE "id" IN (SELECT "value" FROM json_each(?))',
      'SELECT … FROM "places" WHERE "rank" = ?', // of two scopes with one name, that of the model holds
      'SELECT … FROM "posts" WHERE "owner_id" IN (SELECT "value" FROM json_each(?)) AND "archived_at" IS NULL',
    ]);
    expect(Post.query().unscoped().count()).toBe(2);
    expect(Post.filter({ owner: { name: 'Ann' } }).count()).toBe(1);
  });
});

function Timestamped<Class extends Mixable>(Class: Class) {
  abstract class Timestamps extends Class {
    @createdAt() createdAt!: Generated<Date>;
    @updatedAt() updatedAt!: Generated<Date>;

    get age(): number {
      return Date.now() - this.createdAt.getTime();
    }
  }
  return Timestamps;
}

function Sluggable<Class extends Mixable<{ title: string }>>(Class: Class) {
  @index({ on: sql`lower(slug)`, name: 'lower_slug' })
  abstract class Slugs extends Class {
    @text({ unique: true }) slug!: string;

    slugify(): void {
      this.slug = this.title.toLowerCase().replaceAll(' ', '-');
    }
  }
  return Slugs;
}

abstract class Titled extends Model {
  @text() title!: string;
}

@table('articles')
class Article extends Timestamped(Sluggable(Titled)) {
  @id() id!: Generated<number>;
  @integer({ default: 0 }) likes!: Generated<number>;
}

@table('songs')
class Song extends Sluggable(Titled) {
  @id() id!: Generated<number>;
}

@table('async_articles')
class AsyncArticle extends Timestamped(AsyncModel) {
  @id() id!: Generated<number>;
  @text() title!: string;
}

describe('a mixin', () => {
  it('adds columns behind the key, those of the furthest class first', () => {
    expect(textsOf([Article, Song]).map((each) => each.replace(/DEFAULT \(strftime.*\)/g, 'DEFAULT …'))).toEqual([
      `CREATE TABLE "articles" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "title" TEXT NOT NULL,
  "slug" TEXT NOT NULL UNIQUE,
  "created_at" TEXT NOT NULL DEFAULT …,
  "updated_at" TEXT NOT NULL DEFAULT …,
  "likes" INTEGER NOT NULL DEFAULT 0
) STRICT`,
      'CREATE INDEX "articles_lower_slug" ON "articles" (lower(slug))',
      `CREATE TABLE "songs" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "title" TEXT NOT NULL,
  "slug" TEXT NOT NULL UNIQUE
) STRICT`,
      'CREATE INDEX "songs_lower_slug" ON "songs" (lower(slug))',
    ]);
  });

  it.each(drivers)('brings its fields and methods on $name', async ({ open }) => {
    await open({ models: [Article, Song] });
    const article = Article.build({ title: 'Big owls' });
    expect(() => article.save()).toThrow(new MissingFieldError('Article', ['slug']));
    article.slugify();
    article.save();
    const found = Article.filter({ slug: 'big-owls' }).one();
    expect(found.age).toBeGreaterThanOrEqual(0);
    expect(found.toJSON()).toMatchObject({ id: 1, title: 'Big owls', slug: 'big-owls', likes: 0 });
    expect(Song.create({ title: 'La', slug: 'la' }).id).toBe(1);
  });

  it.each(drivers)('works in the asynchronous face on $name', async ({ open }) => {
    await open({ models: [AsyncArticle] });
    const { id: key } = await AsyncArticle.create({ title: 'Owls' });
    const found = await AsyncArticle.findById(key);
    expect(found!.age).toBeGreaterThanOrEqual(0);
    found!.title = 'Cats';
    await found!.save();
    expect(await AsyncArticle.filter({ title: 'Cats' }).count()).toBe(1);
  });
});

const program = `
import { createdAt, defaultScope, id, index, integer, Model, scope, sql, table, text } from 'litemodel';

const Timestamped = (Class) => {
  abstract class Timestamps extends Class {
    @createdAt() createdAt!: Date;
  }
  return Timestamps;
};
function Sluggable(Class) {
  @index({ on: sql\`lower(slug)\`, name: 'lower_slug' })
  abstract class Slugs extends Class {
    @text() slug!: string;
  }
  return Slugs;
}
@defaultScope(scope('current', { rank: 0 }))
@index({ on: 'rank' })
abstract class Ranked extends Model {
  @integer({ default: 0 }) rank!: number;
}
@table('posts')
class Post extends Timestamped(Sluggable(Ranked)) {
  @id() id!: number;
  @text() title!: string;
}
export const models = [Post];
export const text1 = Post.query().toSQL().sql;
`;

it.each(dialects)('inherits the same with $name', (dialect) => {
  const { models, text1 } = run(dialect, program) as { models: never[]; text1: string };
  expect(text1).toBe('SELECT "id", "rank", "slug", "created_at", "title" FROM "posts" WHERE "rank" = ?');
  expect(ddlOf(models).slice(1)).toEqual([
    'CREATE INDEX "posts_rank_index" ON "posts" ("rank")',
    'CREATE INDEX "posts_lower_slug" ON "posts" (lower(slug))',
  ]);
});

describe('what hides an inherited column', () => {
  abstract class Named extends Model {
    @text() first!: string;
    @computed(sql<string>`first || '!'`) readonly loud!: string;
  }

  it('is refused: a getter, a pair of accessors, or a method', () => {
    const declarations = {
      loud: () => {
        @table('people')
        class Person extends Named {
          @id() id!: Generated<number>;
          // @ts-expect-error: the compiler refuses it, too
          override get loud(): string {
            return 'mine';
          }
        }
        return Person;
      },
      first: () => {
        abstract class Person extends Named {
          // @ts-expect-error: likewise
          override get first(): string {
            return 'mine';
          }
          override set first(_: string) {
            throw new Error('hidden');
          }
        }
        @table('people')
        class Child extends Person {
          @id() id!: Generated<number>;
        }
        return Child;
      },
    };
    for (const [field, declare] of Object.entries(declarations)) {
      expect(declare).toThrow(DefinitionError);
      expect(declare).toThrow(`.${field} hides the column of that name, which Named declares. Give it another name.`);
    }
  });

  it('is fine where it is a column itself', () => {
    @table('people')
    class Person extends Named {
      @id() id!: Generated<number>;
      // @ts-expect-error: TypeScript wants the other one to be abstract
      @text() override accessor first = 'nobody';
    }
    expect(Person.query().toSQL().sql).toContain('"first"');
  });
});
