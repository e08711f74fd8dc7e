import { describe, expect, it } from 'vitest';
import {
  DefinitionError,
  defineModel,
  deletedAt,
  id,
  index,
  integer,
  Model,
  SchemaDriftError,
  sql,
  subtype,
  table,
  text,
  UniqueViolation,
  type Database,
  type Generated,
} from 'litemodel';
import { drivers } from '../open-database.js';

@table('users')
@index({ on: ['country', 'phone'], unique: true })
@index({ on: sql`lower(nick)`, unique: true, name: 'users_nick', where: sql`nick <> ''` })
@index({ on: 'country' })
class User extends Model {
  @id() id!: Generated<number>;
  @text({ unique: true, collate: 'NOCASE' }) email!: string;
  @text({ default: '' }) country!: Generated<string>;
  @text({ nullable: true }) phone!: string | null;
  @text({ default: '' }) nick!: Generated<string>;
  @deletedAt() deletedAt!: Date | null;
}

const ddlOf = (db: Database): unknown[] =>
  db.all<{ sql: string }>(sql`SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL`).map((row) => row.sql);

@table('vehicles', { discriminator: 'kind' })
abstract class Vehicle extends Model {
  @id() id!: Generated<number>;
  @text({ unique: true }) plate!: string;
  @deletedAt() deletedAt!: Date | null;
}

@subtype('car')
class Car extends Vehicle {
  @integer() doors!: number;
}

@subtype('van')
class Van extends Vehicle {
  @text({ unique: true }) badge!: string;
}

describe.each(drivers)('the table of a model with @deletedAt on $name', ({ open }) => {
  it('has unique indexes of the rows that are not deleted', async () => {
    const db = await open({ models: [User] });
    expect(ddlOf(db)).toEqual([
      'CREATE TABLE "users" (\n  "id" INTEGER NOT NULL PRIMARY KEY,\n  "email" TEXT NOT NULL COLLATE "NOCASE",\n' +
        `  "country" TEXT NOT NULL DEFAULT '',\n  "phone" TEXT,\n  "nick" TEXT NOT NULL DEFAULT '',\n  "deleted_at" TEXT\n) STRICT`,
      'CREATE UNIQUE INDEX "users_email_unique" ON "users" ("email") WHERE "deleted_at" IS NULL',
      'CREATE INDEX "users_country_index" ON "users" ("country")',
      `CREATE UNIQUE INDEX "users_nick" ON "users" (lower(nick)) WHERE ((nick <> '') AND "deleted_at" IS NULL)`,
      'CREATE UNIQUE INDEX "users_country_phone_unique" ON "users" ("country", "phone") WHERE "deleted_at" IS NULL',
    ]);
    const ann = User.create({ email: 'ann@x.org', country: 'de', phone: '1', nick: 'Ann' });
    const again = { email: 'ANN@x.org', country: 'de', phone: '1', nick: 'ann' };
    expect(() => User.create(again)).toThrow(UniqueViolation);
    ann.delete();
    User.create(again);
    try {
      User.create(again);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ table: 'users', columns: ['country', 'phone'] });
    }
  });

  it('is made of one that was there, as far as SQLite can add to it', async () => {
    const db = await open();
    db.execute(
      'CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, email TEXT NOT NULL COLLATE NOCASE, ' +
        "country TEXT NOT NULL DEFAULT '', phone TEXT, nick TEXT NOT NULL DEFAULT '') STRICT",
    );
    db.run(sql`INSERT INTO users (email) VALUES ('ann@x.org')`);
    const Users = User.using(db);
    expect(Users.count()).toBe(1); // which adds the column and the indexes
    expect(ddlOf(db).filter((each) => String(each).includes('"deleted_at" IS NULL'))).toHaveLength(3);
    expect(Users.filter({ id: 1 }).delete()).toBe(1);
    expect(Users.count()).toBe(0);
  });

  it('is refused where the file keeps the values of deleted rows', async () => {
    const db = await open();
    db.execute(
      'CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, email TEXT NOT NULL UNIQUE COLLATE NOCASE, ' +
        "country TEXT NOT NULL DEFAULT '', phone TEXT, nick TEXT NOT NULL DEFAULT '', deleted_at TEXT) STRICT",
    );
    expect(() => User.using(db).count()).toThrow(SchemaDriftError);
    expect(() => User.using(db).count()).toThrow('the file has UNIQUE (email collate nocase), the model does not');
    const other = await open({ alias: 'other' });
    other.execute(
      'CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, email TEXT NOT NULL COLLATE NOCASE, ' +
        "country TEXT NOT NULL DEFAULT '', phone TEXT, nick TEXT NOT NULL DEFAULT '', deleted_at TEXT) STRICT; " +
        'CREATE UNIQUE INDEX users_email_unique ON users (email)',
    );
    expect(() => User.using(other).count()).toThrow(
      'index "users_email_unique" is UNIQUE (email collate nocase), the model says UNIQUE (email collate nocase) WHERE deleted_at is null',
    );
  });

  it('is found as it was made', async () => {
    const db = await open({ models: [User] });
    const ddl = ddlOf(db).join(';\n');
    const again = await open({ alias: 'again', schema: 'verify' });
    again.execute(ddl);
    expect(User.using(again).count()).toBe(0);
    const spelled = await open({ alias: 'spelled', schema: 'verify' });
    spelled.execute(ddl.replaceAll('"deleted_at" IS NULL', 'deleted_at   isnull').replaceAll('isnull', 'is null'));
    expect(User.using(spelled).count()).toBe(0);
  });

  it('can be that of several subtypes', async () => {
    const db = await open({ models: [Vehicle, Car, Van] });
    const car = Car.create({ plate: 'A1', doors: 5 });
    const van = Van.create({ plate: 'B2', badge: 'x' });
    van.delete();
    expect(Vehicle.query().pluck('plate')).toEqual(['A1']);
    expect(Vehicle.query().withDeleted().count()).toBe(2);
    expect([Van.count(), Van.query().onlyDeleted().count(), Car.query().onlyDeleted().count()]).toEqual([0, 1, 0]);
    expect(Vehicle.filter({ plate: 'A1' }).delete()).toBe(1);
    Car.create({ plate: 'A1', doors: 3 });
    expect(() => car.restore()).toThrow(UniqueViolation);
    Van.create({ plate: 'C3', badge: 'x' });
    expect(() => van.restore()).toThrow(UniqueViolation);
    expect(Vehicle.query().onlyDeleted().filter({ plate: 'A1' }).forceDelete()).toBe(1);
    expect(ddlOf(db).slice(1)).toEqual([
      'CREATE UNIQUE INDEX "vehicles_plate_unique" ON "vehicles" ("plate") WHERE "deleted_at" IS NULL',
      'CREATE UNIQUE INDEX "vehicles_badge_unique" ON "vehicles" ("badge") WHERE "deleted_at" IS NULL',
    ]);
  });

  it('is declared without decorators, and by a class that others extend', async () => {
    const db = await open();
    const Note = defineModel('notes', { id: id(), gone: deletedAt({ name: 'removed_at' }) }).using(db);
    const note = Note.create({});
    note.delete();
    expect([note.gone instanceof Date, Note.count(), Note.query().onlyDeleted().count()]).toEqual([true, 0, 1]);
    abstract class Deletable extends Model {
      @deletedAt({ index: true }) deletedAt!: Date | null;
    }
    @table('drafts')
    class Draft extends Deletable {
      @id() id!: Generated<number>;
    }
    const Drafts = Draft.using(db);
    Drafts.create({}).delete();
    expect(Drafts.count()).toBe(0);
    expect(ddlOf(db)).toContain('CREATE INDEX "drafts_deleted_at_index" ON "drafts" ("deleted_at")');
  });
});

describe('what @deletedAt refuses', () => {
  it('are two of them, and names that every instance has', () => {
    expect(() => defineModel('a', { id: id(), one: deletedAt(), two: deletedAt() })).toThrow(
      new DefinitionError('a says by 2 columns when a row was deleted: one, two.', 'Keep one of them.'),
    );
    expect(() => defineModel('a', { id: id(), restore: text() })).toThrow(DefinitionError);
    expect(() => defineModel('a', { id: id(), gone: deletedAt({ nullable: true } as never) })).not.toThrow();
    expect(() => defineModel('a', { id: id(), gone: deletedAt({ default: 1 } as never) })).toThrow(DefinitionError);
  });

  it('is one subtype alone', () => {
    @table('shapes', { discriminator: 'kind' })
    abstract class Shape extends Model {
      @id() id!: Generated<number>;
    }
    @subtype('round')
    class Round extends Shape {
      @deletedAt() deletedAt!: Date | null;
    }
    expect(() => Round.query().toSQL()).toThrow(
      'Round.deletedAt says when a row was deleted, but it is the column of a subtype, which queries of the others do not know.',
    );
  });
});
