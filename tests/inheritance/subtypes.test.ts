import { describe, expect, it } from 'vitest';
import {
  belongsTo,
  bigint,
  boolean,
  DecodeError,
  DefinitionError,
  hasMany,
  id,
  index,
  integer,
  InvalidValueError,
  MissingFieldError,
  Model,
  NoDatabaseError,
  oneOf,
  QueryError,
  ReadOnlyFieldError,
  some,
  sql,
  subtype,
  table,
  text,
  UnknownFieldError,
  UnloadedRelationError,
  updatedAt,
  type Database,
  type Generated,
} from 'litemodel';
import { Model as AsyncModel } from 'litemodel/async';
import { open as openFile } from 'litemodel/better-sqlite3';
import { join } from 'node:path';
import { dialects, run } from '../dialects/compile.js';
import { ddlOf } from '../dialects/ddl.js';
import { temporaryFolder } from '../drivers/temporary-folder.js';
import { drivers, statementsOf } from '../open-database.js';

@table('owners')
class Owner extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
  @hasMany(() => Vehicle, 'ownerId') vehicles!: Vehicle[];
  @hasMany(() => Car, 'ownerId') cars!: Car[];
}

@table('vehicles', { discriminator: 'kind', indexes: [{ on: 'kind' }] })
abstract class Vehicle extends Model {
  @text() name!: string; // before the key, which stands first in what is inherited
  @id() id!: Generated<number>;
  readonly kind!: string;
  @integer() ownerId!: number;
  @belongsTo(() => Owner, 'ownerId', { onDelete: 'cascade' }) owner!: Owner;
  @hasMany(() => Trip, 'vehicleId') trips!: Trip[];

  abstract wheels(): number;
}

@subtype('car')
@index({ on: 'doors' })
class Car extends Vehicle {
  @integer() doors!: number;
  @integer({ default: 5 }) seats!: Generated<number>;

  wheels(): number {
    return 4;
  }
}

abstract class Loaded extends Vehicle {
  @bigint() cargo!: bigint;
}

@subtype('truck')
class Truck extends Loaded {
  @boolean({ default: false }) trailer!: Generated<boolean>;
  @integer({ nullable: true }) driverId!: number | null;
  @belongsTo(() => Owner, 'driverId', { nullable: true }) driver!: Owner | null;

  wheels(): number {
    return this.trailer ? 10 : 6;
  }
}

@subtype('ship')
class Ship extends Loaded {
  wheels(): number {
    return 0;
  }
}

@table('trips')
class Trip extends Model {
  @id() id!: Generated<number>;
  @integer() vehicleId!: number;
  @integer({ nullable: true }) carId!: number | null;
  @belongsTo(() => Vehicle, 'vehicleId') vehicle!: Vehicle;
  @belongsTo(() => Car, 'carId', { nullable: true }) car!: Car | null;
}

const models = [Owner, Vehicle, Trip];

/** Ann's car, truck and second car, and Bob's ship. */
function fill() {
  const [ann, bob] = ['Ann', 'Bob'].map((name) => Owner.create({ name })) as [Owner, Owner];
  const mini = Car.create({ name: 'Mini', ownerId: ann.id, doors: 3 });
  const mack = Truck.create({ name: 'Mack', ownerId: ann.id, cargo: 10n ** 17n, driverId: bob.id });
  const polo = Car.create({ name: 'Polo', ownerId: ann.id, doors: 5, seats: 4 });
  const ark = Ship.create({ name: 'Ark', ownerId: bob.id, cargo: 2n });
  return { ann, bob, mini, mack, polo, ark };
}

const names = (rows: readonly { readonly name: string }[]): string => rows.map(({ name }) => name).join(' ');

it('makes one table with the columns of all', () => {
  const ddl = ddlOf([Vehicle]).filter((text) => text.includes('vehicles'));
  expect(ddl).toEqual([
    `CREATE TABLE "vehicles" (
  "name" TEXT NOT NULL,
  "id" INTEGER NOT NULL PRIMARY KEY,
  "kind" TEXT NOT NULL,
  "owner_id" INTEGER NOT NULL,
  "doors" INTEGER,
  "seats" INTEGER,
  "cargo" INTEGER,
  "trailer" INTEGER CHECK ("trailer" IN (0, 1)),
  "driver_id" INTEGER,
  FOREIGN KEY ("owner_id") REFERENCES "owners" ("id") ON DELETE CASCADE,
  FOREIGN KEY ("driver_id") REFERENCES "owners" ("id")
) STRICT`,
    'CREATE INDEX "vehicles_kind_index" ON "vehicles" ("kind")',
    'CREATE INDEX "vehicles_owner_id_index" ON "vehicles" ("owner_id")',
    'CREATE INDEX "vehicles_doors_index" ON "vehicles" ("doors")',
    'CREATE INDEX "vehicles_driver_id_index" ON "vehicles" ("driver_id")',
  ]);
  expect(ddlOf([Car])).toEqual(ddlOf([Ship]));
});

describe.each(drivers)('subtypes on $name', ({ open }) => {
  const filled = async () => ({ db: await open({ models }), ...fill() });

  it('writes the discriminator and the columns of the one model', async () => {
    const { db, ann } = await filled();
    const statements = statementsOf(db, () => Car.create({ name: 'Golf', ownerId: ann.id, doors: 5 }));
    expect(statements).toEqual([
      'INSERT INTO "vehicles" ("name", "kind", "owner_id", "doors", "seats") VALUES (?, ?, ?, ?, ?)',
    ]);
    expect(db.all(sql`SELECT kind, doors, seats, cargo, trailer FROM vehicles ORDER BY id`)).toEqual([
      { kind: 'car', doors: 3, seats: 5, cargo: null, trailer: null },
      { kind: 'truck', doors: null, seats: null, cargo: 10n ** 17n, trailer: 0 },
      { kind: 'car', doors: 5, seats: 4, cargo: null, trailer: null },
      { kind: 'ship', doors: null, seats: null, cargo: 2, trailer: null },
      { kind: 'car', doors: 5, seats: 5, cargo: null, trailer: null },
    ]);
  });

  it('reads each row as what it is, with one statement', async () => {
    const { db } = await filled();
    let all: Vehicle[] = [];
    const statements = statementsOf(db, () => (all = Vehicle.query().orderBy('id').all()));
    expect(statements).toEqual([
      'SELECT "name", "id", "kind", "owner_id", "doors", "seats", "cargo", "trailer", "driver_id" FROM "vehicles" ORDER BY "id"',
    ]);
    expect(all.map(({ constructor }) => constructor)).toEqual([Car, Truck, Car, Ship]);
    expect(all.map((each) => `${each.kind} ${each.wheels()}`)).toEqual(['car 4', 'truck 6', 'car 4', 'ship 0']);
    expect(all[1]!.toJSON()).toEqual({
      id: 2,
      name: 'Mack',
      kind: 'truck',
      ownerId: 1,
      cargo: '100000000000000000',
      trailer: false,
      driverId: 2,
    });
    expect(Object.keys(all[0]!).sort()).toEqual(['doors', 'id', 'kind', 'name', 'ownerId', 'seats']);
  });

  it('reads the same on every path', async () => {
    const { mini, mack, db } = await filled();
    expect(Vehicle.findById(mack.id)).toBeInstanceOf(Truck);
    expect(Vehicle.filter({ name: 'Ark' }).one()).toBeInstanceOf(Ship);
    expect(Vehicle.filter({ kind: oneOf(['car', 'ship']) }).count()).toBe(3);
    expect([...Vehicle.query().iterate({ batch: 1 })].map(({ constructor }) => constructor)).toEqual([
      Car,
      Truck,
      Car,
      Ship,
    ]);
    const page = Vehicle.query().orderBy('name').page({ size: 2 });
    expect(names(page.rows)).toBe('Ark Mack');
    expect(names(Vehicle.query().orderBy('name').page({ size: 2, after: page.next }).rows)).toBe('Mini Polo');
    expect(Vehicle.query().distinct().orderBy('id').first()).toBeInstanceOf(Car);
    expect(Vehicle.fromSql(sql`SELECT * FROM vehicles WHERE id = 4`)[0]).toBeInstanceOf(Ship);
    expect(Vehicle.query().select('id', 'kind').first()).toEqual({ id: mini.id, kind: 'car' });
    expect(Vehicle.query().orderBy('id').pluck('kind')).toEqual(['car', 'truck', 'car', 'ship']);
    expect(names(Vehicle.filter({ name: 'Polo' }).returning().delete())).toBe('Polo');
    expect(db.all(sql`SELECT count(*) AS n FROM vehicles`)).toEqual([{ n: 3 }]);
  });

  it('sees and writes only its own rows in queries of a subtype', async () => {
    const { db, mack, mini } = await filled();
    const statements = statementsOf(db, () => {
      expect(names(Car.filter({ doors: 5 }).all())).toBe('Polo');
      expect(Car.findById(mack.id)).toBeUndefined();
      expect(Car.findById(mini.id)).toBeInstanceOf(Car);
      expect(Car.query().unscoped().count()).toBe(2);
      expect(Car.filter({ name: 'Mack' }).exists()).toBe(false);
      expect(Truck.filter({ name: oneOf(['Mack', 'Mini']) }).update({ name: 'X' })).toBe(1);
      expect(Ship.deleteAll()).toBe(1);
      expect(Car.filter({ ownerId: 1 }).orderBy('id').limit(1).delete()).toBe(1);
    });
    expect(statements.map((each) => each.replace(/^SELECT "name".*? FROM/, 'SELECT … FROM'))).toEqual([
      'SELECT … FROM "vehicles" WHERE "doors" = ? AND "kind" = ?',
      'SELECT … FROM "vehicles" WHERE "id" = ? AND "kind" = ? LIMIT 1',
      'SELECT … FROM "vehicles" WHERE "id" = ? AND "kind" = ? LIMIT 1',
      'SELECT count(*) FROM "vehicles" WHERE "kind" = ?',
      'SELECT 1 FROM "vehicles" WHERE "name" = ? AND "kind" = ? LIMIT 1',
      'UPDATE "vehicles" SET "name" = ? WHERE "name" IN (?, ?) AND "kind" = ?',
      'DELETE FROM "vehicles" WHERE "kind" = ?',
      'DELETE FROM "vehicles" WHERE "id" IN (SELECT "vehicles"."id" FROM "vehicles" WHERE "vehicles"."owner_id" = ? AND "vehicles"."kind" = ? ORDER BY "vehicles"."id" LIMIT 1)',
    ]);
    expect(Vehicle.query().orderBy('id').pluck('name')).toEqual(['X', 'Polo']);
    expect(() => Car.query().delete()).toThrow('This delete has no condition and would reach every row of Car.');
  });

  it('saves, reloads and deletes what was read by the class of all', async () => {
    const { db } = await filled();
    const [mini, mack] = Vehicle.query().orderBy('id').all() as [Car, Truck];
    mini.doors = 4;
    mack.trailer = true;
    const statements = statementsOf(db, () => {
      mini.save();
      mack.save();
      mini.reload();
      mack.delete();
    });
    expect(statements).toEqual([
      'UPDATE "vehicles" SET "doors" = ? WHERE "id" = ?',
      'UPDATE "vehicles" SET "trailer" = ? WHERE "id" = ?',
      'SELECT "name", "id", "kind", "owner_id", "doors", "seats" FROM "vehicles" WHERE "id" = ?',
      'DELETE FROM "vehicles" WHERE "id" = ?',
    ]);
    expect(Car.filter({ doors: 4 }).count()).toBe(1);
    expect(Truck.count()).toBe(0);
  });

  it('asks for the columns of the one model, and lets nobody write the discriminator', async () => {
    const { mini } = await filled();
    expect(() => Car.create({ name: 'x', ownerId: 1 } as never)).toThrow(new MissingFieldError('Car', ['doors']));
    expect(() => Car.create({ name: 'x', ownerId: 1, doors: 1, cargo: 1n } as never)).toThrow(UnknownFieldError);
    expect(() => Car.create({ name: 'x', ownerId: 1, doors: 1, kind: 'truck' })).toThrow(
      new InvalidValueError('Car.kind', '"car"', 'x'),
    );
    expect(() => Car.filter({ doors: 1 }).update({ kind: 'car' })).toThrow(ReadOnlyFieldError);
    (mini as { kind: string }).kind = 'truck';
    expect(() => mini.save()).toThrow(InvalidValueError);
    expect(() => Vehicle.create({ name: 'x', ownerId: 1 })).toThrow(
      new QueryError('A Vehicle is made as one of its subtypes.', 'Use one of them: Car, Truck, Ship.'),
    );
    expect(() => Vehicle.filter({ doors: 5 } as never)).toThrow(UnknownFieldError);
  });

  it('leads to all of them, or to one kind', async () => {
    const { db, mini, mack, ark } = await filled();
    Trip.create({ vehicleId: mini.id, carId: mini.id });
    Trip.create({ vehicleId: ark.id, carId: mack.id }); // the file lets it be: the foreign key is of the table
    const read = statementsOf(db, () => {
      const [ann] = Owner.with('vehicles', 'cars').orderBy('id').all();
      expect(ann!.vehicles.map(({ constructor }) => constructor)).toEqual([Car, Truck, Car]);
      expect(names(ann!.cars)).toBe('Mini Polo');
    });
    expect(read.slice(1).map((each) => each.replace(/^.*? FROM/, 'FROM'))).toEqual([
      'FROM "vehicles" WHERE "owner_id" IN (SELECT "value" FROM json_each(?))',
      'FROM "vehicles" WHERE "owner_id" IN (SELECT "value" FROM json_each(?)) AND "kind" = ?',
    ]);
    expect(
      Owner.with({ vehicles: { limit: 1, orderBy: ['id', 'desc'] } })
        .orderBy('id')
        .all()[0]!.vehicles[0],
    ).toBeInstanceOf(Car);
    expect(
      Trip.with('vehicle', 'car')
        .orderBy('id')
        .all()
        .map(({ vehicle, car }) => [vehicle.name, car?.name]),
    ).toEqual([
      ['Mini', 'Mini'],
      ['Ark', undefined],
    ]);
    expect(Owner.filter({ cars: some({ doors: 3 }) }).pluck('name')).toEqual(['Ann']);
    expect(statementsOf(db, () => Owner.filter({ cars: some() }).all())[0]).toBe(
      'SELECT "id", "name" FROM "owners" WHERE EXISTS (SELECT 1 FROM "vehicles" WHERE "owners"."id" = "vehicles"."owner_id" AND "vehicles"."kind" = ?)',
    );
    expect(Trip.filter({ vehicle: { owner: { name: 'Bob' } } }).count()).toBe(1);
    expect(Trip.filter({ vehicle: mini }).count()).toBe(1);
    expect(Trip.filter({ car: mini }).count()).toBe(1);
    expect(() => Trip.filter({ car: mack as never })).toThrow(
      new QueryError('Trip.car is compared with an instance of Truck.', 'It leads to Car.'),
    );
  });

  it('loads the relations of rows of all kinds, with one statement for each kind when they are touched', async () => {
    const { db } = await filled();
    const along = statementsOf(db, () => {
      const all = Vehicle.with('owner').orderBy('id').all();
      expect(all.map(({ owner }) => owner.name)).toEqual(['Ann', 'Ann', 'Ann', 'Bob']);
    });
    expect(along).toHaveLength(2);
    const touched = statementsOf(db, () => {
      const all = Vehicle.query().orderBy('id').all();
      expect(all.map(({ owner }) => owner.name)).toEqual(['Ann', 'Ann', 'Ann', 'Bob']);
      expect((all[1] as Truck).driver!.name).toBe('Bob');
    });
    expect(touched).toHaveLength(1 + 3 + 1);
    const [mini, , , ark] = Vehicle.query().strictLoading().orderBy('id').all();
    expect(() => mini!.owner).toThrow(UnloadedRelationError);
    expect(() => ark!.owner).toThrow(UnloadedRelationError);
  });

  it('says which row is of a kind that nobody declared', async () => {
    const { db } = await filled();
    db.run(sql`UPDATE vehicles SET kind = 'plane' WHERE id = 3`);
    const error = thrownBy(() => Vehicle.all()) as DecodeError;
    expect(error).toBeInstanceOf(DecodeError);
    expect(error.message).toBe(
      'vehicles.kind holds a string in the row with primary key 3, where "car" or "truck" or "ship" belongs. ' +
        'Import the class that is @subtype of Vehicle by that name before the database is used, or correct the row with SQL.',
    );
    expect(names(Car.all())).toBe('Mini');
    expect(Vehicle.count()).toBe(4);
  });

  it('rescues the rest where the database is lenient', async () => {
    const errors: DecodeError[] = [];
    const db = await open({ models, lenient: (error) => errors.push(error) });
    fill();
    db.run(sql`UPDATE vehicles SET kind = 'plane' WHERE id = 3`);
    const all = Vehicle.query().orderBy('id').all();
    expect(all.map(({ constructor }) => constructor)).toEqual([Car, Truck, Vehicle, Ship]);
    expect(all[2]!.kind).toBeNull();
    expect(errors).toHaveLength(1);
  });

  it('stands in an attached file, and is gone with it', async () => {
    const db = await open({ models: [] });
    if (!db.capabilities.attach) return;
    db.attach(':memory:', 'garage', { models: [Car] });
    const statements = statementsOf(db, () => {
      const { id: ownerId } = Owner.create({ name: 'Ann' });
      Car.create({ name: 'Mini', ownerId, doors: 3 });
      expect(Vehicle.all()[0]).toBeInstanceOf(Car);
    });
    expect(statements.at(-1)).toContain('FROM "garage"."vehicles"');
    const [car] = Car.all();
    db.detach('garage');
    car!.name = 'x';
    expect(() => car!.save()).toThrow(NoDatabaseError);
  });

  it('takes back what a rolled back transaction wrote', async () => {
    const { db, mini } = await filled();
    expect(() =>
      db.transaction(() => {
        mini.doors = 9;
        mini.save();
        Car.create({ name: 'Gone', ownerId: 1, doors: 1 });
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(Car.query().orderBy('id').pluck('doors')).toEqual([3, 5]);
    mini.save();
    expect(Car.findById(mini.id)!.doors).toBe(9);
  });

  it('works through the asynchronous face', async () => {
    const { ann } = await filled();
    const all = await Vehicle.async().query().orderBy('id').all();
    expect(all.map(({ constructor }) => constructor)).toEqual([Car, Truck, Car, Ship]);
    const car = await Car.async().create({ name: 'Golf', ownerId: ann.id, doors: 5 });
    car.doors = 3;
    await car.async.save();
    expect(await Car.async().filter({ doors: 3 }).count()).toBe(2);
    const names: string[] = [];
    for await (const each of Vehicle.async().query().iterate({ batch: 2 })) names.push(each.kind);
    expect(names).toEqual(['car', 'truck', 'car', 'ship', 'car']);
    expect((await Owner.async().with('cars').first())!.cars).toHaveLength(3);
  });

  it('is made in a transaction, and again after that is rolled back', async () => {
    const db: Database = await open({ models: [] });
    const make = () => Ship.create({ name: 'Ark', cargo: 1n, ownerId: Owner.create({ name: 'Ann' }).id });
    expect(() =>
      db.transaction(() => {
        make();
        expect(Vehicle.all()[0]).toBeInstanceOf(Ship);
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(make().id).toBe(1);
    expect(Vehicle.all()[0]).toBeInstanceOf(Ship);
  });
});

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('Nothing was thrown.');
}

describe('declaring subtypes', () => {
  const family = (name: string) => {
    @table(name, { discriminator: 'kind' })
    abstract class Root extends Model {
      @id() id!: Generated<number>;
      @text() title!: string;
    }
    return Root;
  };

  it('writes nothing of one subtype into rows of another', () => {
    const root = family('touched');
    @subtype('a')
    class A extends root {
      @updatedAt() touchedAt!: Generated<Date>;
      @text({ default: 'x' }) label!: Generated<string>;
    }
    @subtype('b')
    class B extends root {
      @integer() size!: number;
    }
    const db = openFile(':memory:', { models: [root] });
    A.create({ title: 'a' });
    B.create({ title: 'b', size: 1 });
    db.run(sql`UPDATE touched SET touched_at = '2000-01-01T00:00:00.000Z' WHERE kind = 'a'`);
    root.filter({ title: oneOf(['a', 'b']) }).update({ title: 'c' });
    expect(db.all(sql`SELECT touched_at, label FROM touched ORDER BY id`)).toEqual([
      { touched_at: '2000-01-01T00:00:00.000Z', label: 'x' },
      { touched_at: null, label: null },
    ]);
    A.filter({ title: 'c' }).update({ title: 'd' });
    expect(A.query().one().touchedAt.getFullYear()).toBeGreaterThan(2000);
    db.close();
  });

  it('lets a file get the columns of a subtype that is new', () => {
    const path = join(temporaryFolder(), 'app.db');
    const first = family('things');
    @subtype('a')
    class A extends first {
      @integer() size!: number;
    }
    const before = openFile(path, { models: [first] });
    A.create({ title: 'x', size: 1 });
    before.close();

    const later = family('things');
    @subtype('a')
    class SameA extends later {
      @integer() size!: number;
    }
    @subtype('b')
    class B extends later {
      @integer({ index: true }) weight!: number;
    }
    const db = openFile(path, { models: [later] });
    B.create({ title: 'y', weight: 2 });
    expect(
      later
        .query()
        .orderBy('id')
        .all()
        .map(({ constructor }) => constructor),
    ).toEqual([SameA, B]);
    db.close();
    // an older version of the app finds its table as it should be, and says of the new rows that it does not know them
    using old = openFile(path, { models: [first], schema: 'verify' });
    expect(() => first.all()).toThrow(DecodeError);
    expect(A.using(old).count()).toBe(1);
  });

  it('refuses what cannot be', () => {
    const root = family('refused');
    const decorate = (name: string, model: new () => object) => () => subtype(name)(model);
    @subtype('a')
    class A extends root {
      @integer() size!: number;
    }
    class Other extends root {}
    class Below extends A {}
    class Alone extends Model {}
    expect(decorate('a', Other)).toThrow(
      'A and Other are both the subtype "a" of Root. Give one of them another name.',
    );
    expect(decorate('b', Below)).toThrow(
      'Below extends A, which is a subtype of Root itself. Put what they share into an abstract class that both extend.',
    );
    expect(decorate('c', Alone)).toThrow(
      'Alone is a subtype, but extends no model that has any. Say on the class that it extends which column tells them ' +
        'apart: @table("…", { discriminator: "kind" }).',
    );
    expect(() => Other.all()).toThrow('Other has no table. Decorate it: @subtype("…") class Other.');
    void root.query();
    expect(decorate('b', Other)).toThrow(
      'Other comes too late: the table of Root is in use already. Import every subtype of Root before the first of them ' +
        'is used, or a database is opened with it.',
    );
    expect(() => family('none').query()).toThrow('Root has a discriminator, but no subtypes.');
  });

  it('refuses columns that contradict each other', () => {
    const clash = family('clash');
    @subtype('a')
    class A extends clash {
      @integer() size!: number;
    }
    @subtype('b')
    class B extends clash {
      @integer() size!: number;
    }
    void A;
    expect(() => B.query()).toThrow(
      'A.size and B.size are both the column "size" of the table "clash". Declare it once, in an abstract class that both ' +
        'extend, or give one of them another: { name: "…" }.',
    );
    const again = family('again');
    @subtype('a')
    class Again extends again {
      @text({ unique: true }) override title: string = 'x';
    }
    expect(() => Again.query()).toThrow('Again.title is declared again, but it is a column of every Root.');
    const defaulted = family('defaulted');
    @subtype('a')
    class Defaulted extends defaulted {
      @text({ default: sql`hex(randomblob(4))` }) code!: Generated<string>;
    }
    expect(() => Defaulted.query()).toThrow('Defaulted.code has a default that SQLite makes');
    expect(() => {
      @table('kinds', { discriminator: 'kind' })
      abstract class Kinds extends Model {
        @id() id!: Generated<number>;
        @text() kind!: string;
      }
      return Kinds;
    }).toThrow(
      new DefinitionError(
        'Kinds.kind tells the subtypes apart, and is a column without a decorator.',
        'To read it, declare the field alone: readonly kind!: string.',
      ),
    );
  });
});

const program = `
import { id, integer, Model, subtype, table, text } from 'litemodel';

@table('vehicles', { discriminator: 'kind' })
abstract class Vehicle extends Model {
  @id() id!: number;
  readonly kind!: string;
  @text() name!: string;
}
@subtype('car')
class Car extends Vehicle {
  @integer() doors!: number;
}
@subtype('ship')
class Ship extends Vehicle {
  @integer({ name: 'tons' }) weight!: number;
}
export const models = [Vehicle, Car, Ship];
export const all = [Vehicle, Car, Ship].map((model) => model.query().toSQL().sql);
`;

it.each(dialects)('declares the same with $name', (dialect) => {
  const { models, all } = run(dialect, program) as { models: never[]; all: string[] };
  expect(all).toEqual([
    'SELECT "id", "kind", "name", "doors", "tons" FROM "vehicles"',
    'SELECT "id", "kind", "name", "doors" FROM "vehicles" WHERE "kind" = ?',
    'SELECT "id", "kind", "name", "tons" FROM "vehicles" WHERE "kind" = ?',
  ]);
  const db = openFile(':memory:', { alias: dialect.name, models });
  const [Root, Car, Ship] = models as unknown as [typeof Vehicle, typeof Vehicle, typeof Vehicle];
  Car.create({ name: 'Mini', doors: 3 } as never);
  Ship.create({ name: 'Ark', weight: 9 } as never);
  expect(
    Root.query()
      .orderBy('id')
      .all()
      .map((each) => JSON.stringify(each)),
  ).toEqual(['{"id":1,"kind":"car","name":"Mini","doors":3}', '{"id":2,"kind":"ship","name":"Ark","weight":9}']);
  db.close();
});

@table('animals', { discriminator: 'kind' })
abstract class Animal extends AsyncModel {
  @id() id!: Generated<number>;
  @text() name!: string;
}

@subtype('dog')
class Dog extends Animal {
  @integer() tricks!: number;
}

@subtype('cat')
class Cat extends Animal {
  @integer({ default: 9 }) lives!: Generated<number>;
}

it.each(drivers)('does all of it in models that promise, on $name', async ({ open }) => {
  await open({ models: [Animal] });
  const rex = await Dog.create({ name: 'Rex', tricks: 2 });
  await Cat.create({ name: 'Tom' });
  expect((await Animal.query().orderBy('id').all()).map(({ constructor }) => constructor)).toEqual([Dog, Cat]);
  rex.tricks = 3;
  await rex.save();
  expect((await Dog.findById(rex.id))!.tricks).toBe(3);
  expect(await Cat.findById(rex.id)).toBeUndefined();
  expect(await Cat.deleteAll()).toBe(1);
  await expect(Animal.create({ name: 'x' })).rejects.toThrow(QueryError);
  expect(await Animal.count()).toBe(1);
});

it.each([undefined, null, '', 5, {}])('refuses %s as a name that tells subtypes apart', (name) => {
  const declareRoot = (discriminator: unknown) => {
    @table('vehicles', { discriminator: discriminator as string })
    abstract class Vehicle extends Model {
      @id() id!: Generated<number>;
    }
    return Vehicle;
  };
  const declareCar = (): void => {
    @subtype(name as never)
    class Car extends declareRoot('kind') {}
    void Car;
  };
  expect(declareCar).toThrow(DefinitionError);
  expect(declareCar).toThrow('@subtype of Car takes the name that its rows have in the column "kind".');
  if (name === undefined) return; // which is none
  expect(() => declareRoot(name)).toThrow(DefinitionError);
  expect(() => declareRoot(name)).toThrow(
    'The discriminator of Vehicle is the name of the column that tells subtypes apart.',
  );
});
