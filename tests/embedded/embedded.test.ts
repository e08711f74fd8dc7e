import { describe, expect, it } from 'vitest';
import {
  asc,
  bigint,
  computed,
  datetime,
  DefinitionError,
  embedded,
  gte,
  id,
  integer,
  InvalidValueError,
  isNull,
  like,
  MassAssignmentError,
  MissingFieldError,
  Model,
  not,
  or,
  QueryError,
  rules,
  sql,
  subtype,
  table,
  text,
  UndefinedConditionError,
  UnknownFieldError,
  validate,
  type Generated,
} from 'litemodel';
import { Model as AsyncModel } from 'litemodel/async';
import { allow } from 'litemodel/electron-main';
import { dialects, run } from '../dialects/compile.js';
import { ddlOf } from '../dialects/ddl.js';
import { openMain, openWindow } from '../electron/window.js';
import { drivers, statementsOf } from '../open-database.js';

class Address {
  @text({ index: true }) city!: string;
  @text({ nullable: true, name: 'post_code' }) zip!: string | null;
  @text({ default: 'PT' }) country!: Generated<string>;

  get label(): string {
    return `${this.city}, ${this.country}`;
  }
}

class Span {
  @datetime({ storage: 'integer' }) from!: Date;
  @bigint({ nullable: true }) size!: bigint | null;
}

@table('users')
class User extends Model {
  @id() id!: Generated<number>;
  @embedded(() => Address) address!: Address;
  @text() name!: string;
  @embedded(() => Address, { nullable: true, prefix: 'work_' }) work!: Address | null;
  @embedded(() => Span, { nullable: true }) lastSpan!: Span | null;
}

const porto = { city: 'Porto', zip: '4000' } as Address;

/** Ann in Porto, Bob in Lisbon who works in Porto. */
function fill(): [User, User] {
  const lisbon = Object.assign(new Address(), { city: 'Lisbon', zip: null });
  const span = { from: new Date(5), size: 7n };
  return [
    User.create({ name: 'Ann', address: { ...porto } as Address }),
    User.create({ name: 'Bob', address: lisbon, work: { ...porto, country: 'ES' } as Address, lastSpan: span }),
  ];
}

it('makes a column of each field, with a prefix', () => {
  expect(ddlOf([User])).toEqual([
    `CREATE TABLE "users" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "address_city" TEXT NOT NULL,
  "address_post_code" TEXT,
  "address_country" TEXT NOT NULL DEFAULT 'PT',
  "name" TEXT NOT NULL,
  "work_city" TEXT,
  "work_post_code" TEXT,
  "work_country" TEXT,
  "last_span_from" INTEGER,
  "last_span_size" INTEGER
) STRICT`,
    'CREATE INDEX "users_address_city_index" ON "users" ("address_city")',
    'CREATE INDEX "users_work_city_index" ON "users" ("work_city")',
  ]);
});

describe.each(drivers)('an embedded object on $name', ({ open }) => {
  const filled = async () => {
    const db = await open({ models: [User] });
    return { db, users: fill() };
  };

  it('is written into its columns, and read as an object of its class', async () => {
    const { db, users } = await filled();
    expect(users[0].address).toBeInstanceOf(Address);
    expect(users[0].address.label).toBe('Porto, PT');
    expect(users[0].work).toBeNull();
    expect(db.all(sql`SELECT * FROM users ORDER BY id`)).toEqual([
      {
        id: 1,
        address_city: 'Porto',
        address_post_code: '4000',
        address_country: 'PT',
        name: 'Ann',
        work_city: null,
        work_post_code: null,
        work_country: null,
        last_span_from: null,
        last_span_size: null,
      },
      {
        id: 2,
        address_city: 'Lisbon',
        address_post_code: null,
        address_country: 'PT',
        name: 'Bob',
        work_city: 'Porto',
        work_post_code: '4000',
        work_country: 'ES',
        last_span_from: 5,
        last_span_size: 7,
      },
    ]);
    const [ann, bob] = User.query().orderBy('id').all() as [User, User];
    expect([ann.address.label, ann.work, bob.work!.label]).toEqual(['Porto, PT', null, 'Porto, ES']);
    expect(bob.work).toBeInstanceOf(Address);
    expect(bob.lastSpan).toEqual({ from: new Date(5), size: 7n });
    expect(ann.lastSpan).toBeNull();
  });

  it('writes the columns that changed inside, and no others', async () => {
    const { db } = await filled();
    const [ann, bob] = User.query().orderBy('id').all() as [User, User];
    const statements = statementsOf(db, () => {
      ann.save();
      ann.address.zip = '4001';
      ann.save();
      ann.address = { city: 'Faro', zip: '4001', country: 'PT' } as Address;
      ann.save();
      ann.work = Object.assign(new Address(), { city: 'Evora', zip: null });
      ann.save();
      bob.work = null;
      bob.lastSpan!.from = new Date(6);
      bob.save();
      bob.save();
    });
    expect(statements).toEqual([
      'UPDATE "users" SET "address_post_code" = ? WHERE "id" = ?',
      'UPDATE "users" SET "address_city" = ? WHERE "id" = ?',
      'UPDATE "users" SET "work_city" = ?, "work_country" = ? WHERE "id" = ?',
      'UPDATE "users" SET "work_city" = ?, "work_post_code" = ?, "work_country" = ?, "last_span_from" = ? WHERE "id" = ?',
    ]);
    const [first, second] = User.query().orderBy('id').all();
    expect([first!.work!.label, first!.address.city, second!.work]).toEqual(['Evora, PT', 'Faro', null]);
  });

  it('is filtered and ordered by', async () => {
    const { db } = await filled();
    const statements = statementsOf(db, () => {
      expect(User.filter({ address: { city: 'Porto', zip: like('4%') } }).pluck('name')).toEqual(['Ann']);
      expect(User.filter({ work: null }).pluck('name')).toEqual(['Ann']);
      expect(User.filter(or({ address: { zip: isNull() } }, { work: { country: 'FR' } })).count()).toBe(1);
      expect(User.filter(not({ address: { city: 'Porto' } })).count()).toBe(1);
      expect(User.filter({ lastSpan: { size: gte(7n) } }).count()).toBe(1);
      expect(User.query().orderBy('address.city').pluck('name')).toEqual(['Bob', 'Ann']);
      expect(User.query().orderBy(['work.city', 'desc'], asc('address.city')).pluck('name')).toEqual(['Bob', 'Ann']);
    });
    expect(statements).toEqual([
      'SELECT "name" FROM "users" WHERE "address_city" = ? AND "address_post_code" LIKE ? ESCAPE \'\\\'',
      'SELECT "name" FROM "users" WHERE "work_city" IS NULL AND "work_post_code" IS NULL AND "work_country" IS NULL',
      'SELECT count(*) FROM "users" WHERE ("address_post_code" IS NULL OR "work_country" = ?)',
      'SELECT count(*) FROM "users" WHERE NOT ("address_city" = ?)',
      'SELECT count(*) FROM "users" WHERE "last_span_size" >= ?',
      'SELECT "name" FROM "users" ORDER BY "address_city"',
      'SELECT "name" FROM "users" ORDER BY "work_city" DESC, "address_city"',
    ]);
    const page = User.query().orderBy('address.city').page({ size: 1 });
    expect(User.query().orderBy('address.city').page({ size: 1, after: page.next }).rows[0]!.name).toBe('Ann');
  });

  it('refuses conditions that say nothing, and fields that are none', async () => {
    await filled();
    const filter = (where: unknown) => () => User.filter(where as never);
    expect(filter({ address: {} })).toThrow(UndefinedConditionError);
    expect(filter({ address: undefined })).toThrow(UndefinedConditionError);
    expect(filter({ address: { city: undefined } })).toThrow(UndefinedConditionError);
    expect(filter({ address: 'x' })).toThrow(UndefinedConditionError);
    expect(filter({ address: { town: 'x' } })).toThrow(UnknownFieldError);
    expect(() => User.query().orderBy('address.town' as never)).toThrow(UnknownFieldError);
    expect(() => User.query().select('address')).toThrow(
      new QueryError('User.address is embedded, and no column of User.', "Name a field of it: 'address.city'."),
    );
    expect(() => User.create({ name: 'x', address: { town: 'x' } } as never)).toThrow(UnknownFieldError);
    expect(() => User.create({ name: 'x', address: 'Porto' } as never)).toThrow(InvalidValueError);
    expect(() => User.create({ name: 'x' } as never)).toThrow(MissingFieldError);
    expect(() => User.create({ name: 'x', address: { zip: null } } as never)).toThrow(
      new MissingFieldError('User', ['address.city']),
    );
    expect(() => User.create({ name: 'x', address: porto, work: { zip: null } } as never)).toThrow(
      new MissingFieldError('User', ['work.city']),
    );
    expect(User.count()).toBe(2);
  });

  it('refuses null in what an object has to have, if it may be null as a whole', async () => {
    const db = await open({ models: [User] });
    const work = { city: null as never, zip: null } as unknown as Address;
    const wrong = new MissingFieldError('User', ['work.city']);
    expect(() => User.create({ name: 'x', address: porto, work })).toThrow(wrong);
    const bob = User.create({ name: 'Bob', address: porto, work: porto });
    bob.work!.city = null as never;
    expect(() => bob.save()).toThrow(wrong);
    expect(bob.validate()).toEqual([{ path: 'work.city', rule: 'required', message: 'is required' }]);
    expect(User.query().one().work!.city).toBe('Porto');
    db.run(sql`UPDATE users SET work_city = NULL`); // which somebody else may do
    const read = User.query().one();
    read.name = 'Rob';
    read.save();
    expect([read.validate(), User.query().one().work!.city]).toEqual([[], null]);
    read.work!.city = 'Faro';
    read.save();
    read.work!.city = null as never;
    expect(() => read.save()).toThrow(wrong);
  });

  it('lists of one that may not be null only what it has to have', async () => {
    await open({ models: [User] });
    const ann = User.create({ name: 'Ann', address: porto });
    ann.address = null as never;
    expect(ann.validate()).toEqual([{ path: 'address.city', rule: 'required', message: 'is required' }]);
    expect(() => ann.save()).toThrow(InvalidValueError);
    expect(ann.address).toBeNull();
    expect(User.query().one().address.city).toBe('Porto');
  });

  it('lists what an object lacks that may be null as a whole', async () => {
    const { users } = await filled();
    users[0].work = { zip: null } as Address;
    const lacking = [{ path: 'work.city', rule: 'required', message: 'is required' }];
    expect(users[0].validate()).toEqual(lacking);
    const fresh = User.build({ name: 'x', address: porto, work: { zip: null } } as never);
    expect(fresh.validate()).toEqual(lacking);
    expect(() => users[0].save()).toThrow(new MissingFieldError('User', ['work.city']));
  });

  it('refuses what is no object when it is saved, and takes a reload then', async () => {
    const [ann, bob] = (await filled()).users;
    (ann as { address: unknown }).address = 'Porto';
    (bob as { work: unknown }).work = 5;
    expect(() => ann.save()).toThrow(new InvalidValueError('User.address', 'an object of Address', 'Porto'));
    expect(() => bob.save()).toThrow(InvalidValueError);
    expect([ann.reload().address.city, bob.reload().work?.city]).toEqual(['Porto', 'Porto']);
  });

  it('is written by a query, as a whole or null', async () => {
    const { db, users } = await filled();
    const statements = statementsOf(db, () => {
      User.filter({ name: 'Ann' }).update({ address: { city: 'Faro' } as Address, work: porto });
      User.filter({ name: 'Bob' }).update({ work: null });
    });
    expect(statements).toEqual([
      'UPDATE "users" SET "address_city" = ?, "work_city" = ?, "work_post_code" = ? WHERE "name" = ?',
      'UPDATE "users" SET "work_city" = ?, "work_post_code" = ?, "work_country" = ? WHERE "name" = ?',
    ]);
    users.forEach((user) => user.reload());
    expect([users[0].address.label, users[0].address.zip, users[1].work]).toEqual(['Faro, PT', '4000', null]);
    expect(() => User.filter({ name: 'x' }).update({ address: { town: 'x' } } as never)).toThrow(UnknownFieldError);
  });

  it('is shown, filled and found as one thing', async () => {
    const { users } = await filled();
    expect(JSON.parse(JSON.stringify(users[1]))).toEqual({
      id: 2,
      address: { city: 'Lisbon', zip: null, country: 'PT' },
      name: 'Bob',
      work: { city: 'Porto', zip: '4000', country: 'ES' },
      lastSpan: { from: new Date(5).toISOString(), size: '7' },
    });
    users[0].fill({ address: porto });
    expect(users[0].address).toBeInstanceOf(Address);
    expect(() => users[0].fill({ id: 5 })).toThrow(MassAssignmentError);
    expect(User.findOrCreate({ address: { city: 'Lisbon' } as Address }).id).toBe(2);
    expect(User.updateOrCreate({ name: 'Bob' }, { address: porto }).address.city).toBe('Porto');
    expect(User.build({ address: porto }).address).toBeInstanceOf(Address);
  });

  it('goes back to what is stored with a reload, and after a rollback', async () => {
    const { db, users } = await filled();
    const [ann, bob] = users;
    ann.address.city = 'x';
    bob.work!.city = 'x';
    db.run(sql`UPDATE users SET work_city = NULL, work_post_code = NULL, work_country = NULL WHERE id = 2`);
    expect([ann.reload().address.city, bob.reload().work]).toEqual(['Porto', null]);
    expect(() =>
      db.transaction(() => {
        ann.address.city = 'y';
        ann.save();
        throw new Error('no');
      }),
    ).toThrow('no');
    ann.save();
    expect(User.findById(1)!.address.city).toBe('y');
  });

  it('works in the asynchronous face', async () => {
    await filled();
    const user = await User.async()
      .filter({ work: { city: 'Porto' } })
      .one();
    user.work!.city = 'Braga';
    await user.async.save();
    expect(
      await User.async()
        .filter({ work: { city: 'Braga' } })
        .count(),
    ).toBe(1);
  });
});

@table('trips')
class Trip extends AsyncModel {
  @id() id!: Generated<number>;
  @embedded(() => Span) span!: Span;
}

it.each(drivers)('is embedded in models that promise, on $name', async ({ open }) => {
  await open({ models: [Trip] });
  const trip = await Trip.create({ span: { from: new Date(1), size: null } });
  trip.span.size = 2n ** 60n;
  await trip.save();
  expect((await Trip.query().orderBy('span.from').first())!.span).toEqual({ from: new Date(1), size: 2n ** 60n });
});

@table('places', { discriminator: 'kind' })
abstract class Place extends Model {
  @id() id!: Generated<number>;
  @embedded(() => Address) address!: Address;
}

@subtype('shop')
class Shop extends Place {
  @embedded(() => Span) opening!: Span;
}

@subtype('park')
class Park extends Place {
  @integer() trees!: number;
}

it.each(drivers)('is embedded in subtypes on $name', async ({ open }) => {
  await open({ models: [Place] });
  Shop.create({ address: porto, opening: { from: new Date(3), size: null } });
  Park.create({ address: porto, trees: 4 });
  const [shop, park] = Place.filter({ address: { city: 'Porto' } })
    .orderBy('id')
    .all();
  expect((shop as Shop).opening.from).toEqual(new Date(3));
  expect(park!.address.label).toBe('Porto, PT');
  expect(Shop.filter({ opening: { from: new Date(3) } }).count()).toBe(1);
});

it('is sent to a window', async () => {
  const db = openMain({ models: [User] });
  User.using(db).create({ name: 'Ann', address: porto });
  const { window } = await openWindow(db, { models: [allow(User, ['read', 'update'])] }, { models: [User] });
  const user = await User.using(window)
    .filter({ address: { city: 'Porto' } })
    .one();
  user.address.city = 'Faro';
  await user.async.save();
  expect(User.using(db).query().one().address.city).toBe('Faro');
});

it('refuses what cannot be embedded', () => {
  class Keyed {
    @id() id!: Generated<number>;
  }
  class Nothing {}
  class Judged {
    @validate(rules.minLength(2)) @text() city!: string;
  }
  class Named {
    @text() city!: string;
    @computed() get label(): string {
      return this.city;
    }
  }
  const declare = (model: () => new () => object) => () => {
    class Owner extends Model {
      @id() id!: Generated<number>;
      @embedded(model) part!: object;
    }
    table('owners')(Owner);
  };
  expect(declare(() => Keyed)).toThrow(
    new DefinitionError(
      'Keyed.id is embedded, and so cannot be a primary key, computed, deferred or have a check.',
      'Declare it on the model itself; checks are given to @table, with the whole name of the column.',
    ),
  );
  expect(declare(() => Nothing)).toThrow('Nothing is embedded, and needs columns, and nothing but columns.');
  expect(declare(() => Judged)).toThrow('Judged is embedded, and needs columns, and nothing but columns.');
  expect(declare(() => Named)).toThrow('Named is embedded, and needs columns, and nothing but columns.');
  expect(declare('Address' as never)).toThrow('takes a function that returns a class: @embedded(() => Address).');
  expect(declare(() => undefined as never)).toThrow('The class that is embedded in "part" is not defined yet.');
});

const program = `
import { embedded, id, Model, table, text } from 'litemodel';

class Address {
  @text() city!: string;
  @text({ nullable: true }) zip!: string | null;
}
@table('people')
class Person extends Model {
  @id() id!: number;
  @embedded(() => Address) address!: Address;
  @embedded(() => Address, { nullable: true }) accessor work: Address | null = null;
}
export { Person, Address };
`;

it.each(dialects)('is declared the same with $name', async (dialect) => {
  const { Person, Address: Class } = run(dialect, program) as { Person: typeof User; Address: typeof Address };
  const db = await drivers[0]!.open({ alias: dialect.name, models: [Person] });
  expect(Person.query().toSQL().sql).toBe(
    'SELECT "id", "address_city", "address_zip", "work_city", "work_zip" FROM "people"',
  );
  Person.using(db).create({ address: { city: 'Porto', zip: null } } as never);
  const person = Person.using(db).findById(1)!;
  expect(person.address).toBeInstanceOf(Class);
  person.work = Object.assign(new Class(), { city: 'Faro' });
  person.save();
  expect(JSON.stringify(Person.using(db).findById(1))).toBe(
    '{"id":1,"address":{"city":"Porto","zip":null},"work":{"city":"Faro","zip":null}}',
  );
});

it.each<[text: string, options: unknown]>([
  ['The options of @embedded are an object: { nullable: true }.', null],
  ['The options of @embedded are an object: { nullable: true }.', 'work_'],
  ['The option "nullable" of @embedded is true or false.', { nullable: 'yes' }],
  ['The option "prefix" of @embedded is what the names of its columns begin with: "home_".', { prefix: 5 }],
])('refuses options that it does not take: %s', (text, options) => {
  const declare = () => embedded(() => Address, options as object);
  expect(declare).toThrow(DefinitionError);
  expect(declare).toThrow(text);
});
