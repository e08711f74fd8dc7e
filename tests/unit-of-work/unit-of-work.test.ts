import { describe, expect, it } from 'vitest';
import {
  AsyncCallbackError,
  ForeignKeyViolation,
  NotFoundError,
  QueryError,
  sql,
  StaleRecordError,
  UnloadedRelationError,
  UniqueViolation,
  type UnitOfWork,
} from 'litemodel';
import { open as openFile } from 'litemodel/better-sqlite3';
import { drivers, statementsOf } from '../open-database.js';
import { blog, Category, User } from '../relations/blog.js';
import { models, Owner, Pet } from './models.js';

const updatePet = (columns: string) =>
  `UPDATE "pets" SET ${columns}, "updated_at" = ?, "version" = "version" + 1 WHERE "id" = ? AND "version" = ?`;
const insertPet =
  'INSERT INTO "pets" ("name", "owner_id", "mother_id", "age", "updated_at", "version") VALUES (?, ?, ?, ?, ?, ?)';
const insertOwner = 'INSERT INTO "owners" ("name", "favorite_id") VALUES (?, ?)';

describe.each(drivers)('a unit of work on $name', ({ open }) => {
  const filled = async () => {
    const db = await open({ models });
    Owner.createGraph({ name: 'Ann', pets: [{ name: 'Rex' }, { name: 'Tom' }] });
    Owner.createGraph({ name: 'Ben', pets: [{ name: 'Kit' }] });
    return db;
  };

  describe('knows each row by one object', () => {
    it('however it is reached', async () => {
      const db = await filled();
      db.unitOfWork((work) => {
        const rex = work.find(Pet, 1)!;
        const statements = statementsOf(db, () => expect(work.find(Pet, 1)).toBe(rex));
        expect(statements).toEqual([]);
        const pets = work.query(Pet).orderBy('id').all();
        expect(pets[0]).toBe(rex);
        expect(work.query(Owner).with('pets').first()!.pets).toEqual([pets[0], pets[1]]);
        expect(work.query(Owner).first()!.pets[0]).toBe(rex);
        expect(rex.owner).toBe(pets[1]!.owner);
        expect(rex.owner).toBe(work.find(Owner, 1));
        expect([...work.query(Pet).iterate()]).toEqual(pets);
        expect(work.query(Pet).page({ size: 1, number: 3 }).rows[0]).toBe(pets[2]);
        expect(Pet.findById(1)).not.toBe(rex);
        expect(work.find(Pet, 99)).toBeUndefined();
      });
    });

    it('and reads relations for all that were read together, though some were there before', async () => {
      const db = await filled();
      const statements = statementsOf(db, () =>
        db.unitOfWork((work) => {
          work.find(Pet, 2);
          expect(
            work
              .query(Pet)
              .orderBy('id')
              .all()
              .map(({ owner }) => owner.name),
          ).toEqual(['Ann', 'Ann', 'Ben']);
        }),
      );
      expect(statements.filter((text) => text.includes('FROM "owners"')).length).toBeLessThan(3);
    });

    it('which keeps its changes, and else takes over what was read', async () => {
      const db = await filled();
      db.unitOfWork((work) => {
        const [rex, tom] = work.query(Pet).orderBy('id').limit(2).all() as [Pet, Pet];
        rex.age = 5;
        Pet.updateAll({ age: 3 });
        work.query(Pet).all();
        expect([rex.age, rex.version, tom.age, tom.version]).toEqual([5, 1, 3, 2]);
        rex.reload();
        expect([rex.age, rex.version]).toEqual([3, 2]);
        tom.age = 4;
      });
      expect(Pet.query().orderBy('id').pluck('age')).toEqual([3, 4, 3]);
    });

    it('whose relations are loaded together once it has ended, too, unless that was ruled out', async () => {
      const db = await filled();
      const [pets, strict] = db.unitOfWork((work) => {
        const read = work.query(Pet).all();
        read[0]!.name = 'Max';
        return [read, work.query(Owner).strictLoading().all()];
      });
      expect(statementsOf(db, () => pets.forEach((pet) => expect(pet.owner.name).toBeTypeOf('string')))).toHaveLength(
        1,
      );
      expect(() => strict[0]!.pets).toThrow(UnloadedRelationError);
    });

    it('as long as it lasts', async () => {
      const db = await filled();
      let rex!: Pet;
      let escaped!: UnitOfWork;
      db.unitOfWork((work) => {
        escaped = work;
        rex = work.find(Pet, 1)!;
      });
      expect(rex.owner.pets[0]).not.toBe(rex);
      rex.name = 'Max';
      rex.save();
      expect(Pet.findById(1)!.name).toBe('Max');
      for (const use of [
        () => escaped.find(Pet, 1),
        () => escaped.query(Pet),
        () => escaped.create(Owner, { name: 'x' }),
        () => escaped.add(rex),
        () => escaped.delete(rex),
        () => escaped.flush(),
      ])
        expect(use).toThrow('This unit of work has ended.');
    });
  });

  describe('writes', () => {
    it('nothing for what did not change', async () => {
      const db = await filled();
      const statements = statementsOf(db, () =>
        db.unitOfWork((work) => {
          const rex = work.find(Pet, 1)!;
          rex.name = 'x';
          rex.name = 'Rex';
        }),
      );
      expect(statements.filter((text) => !text.startsWith('SELECT'))).toEqual(['BEGIN IMMEDIATE', 'COMMIT']);
    });

    it('inserts, then updates, then deletions, with few statements', async () => {
      const db = await filled();
      const statements = statementsOf(db, () =>
        db.unitOfWork((work) => {
          const [rex, tom, kit] = work.query(Pet).orderBy('id').all() as [Pet, Pet, Pet];
          work.delete(tom);
          work.delete(kit);
          rex.age = 7;
          const pup = work.create(Pet, { name: 'Pup', mother: rex, owner: work.create(Owner, { name: 'Cid' }) });
          work.delete(work.find(Owner, 2)!);
          rex.mother = pup;
          const never = work.create(Owner, { name: 'never' });
          work.delete(never);
          expect(work.find(Pet, 2)).toBeUndefined();
        }),
      );
      expect(statements.filter((text) => !text.startsWith('SELECT'))).toEqual([
        'BEGIN IMMEDIATE',
        insertOwner,
        insertPet,
        updatePet('"mother_id" = ?, "age" = ?'),
        'DELETE FROM "pets" WHERE ("id", "version") IN (SELECT json_extract("value", \'$[0]\'), json_extract("value", \'$[1]\') FROM json_each(?))',
        'DELETE FROM "owners" WHERE "id" = ?',
        'COMMIT',
      ]);
      expect(db.all(sql`SELECT id, name, owner_id, mother_id, age, version FROM pets`)).toEqual([
        { id: 1, name: 'Rex', owner_id: 1, mother_id: 4, age: 7, version: 2 },
        { id: 4, name: 'Pup', owner_id: 3, mother_id: 1, age: 0, version: 1 },
      ]);
      expect(Owner.query().orderBy('id').pluck('name')).toEqual(['Ann', 'Cid']);
    });

    it('rows of one table after those that they refer to, by object or by key', async () => {
      const db = await open({ models: blog });
      db.unitOfWork((work) => {
        work.create(Category, { id: 3, name: 'c', parentId: 2 });
        work.create(Category, { id: 2, name: 'b', parentId: 1 });
        const d = work.create(Category, { name: 'd' });
        work.create(Category, { id: 1, name: 'a', parentId: null });
        d.parent = work.create(Category, { name: 'e' });
      });
      expect(
        db.all(
          sql`SELECT c.name, p.name AS parent FROM categories c LEFT JOIN categories p ON p.id = c.parent_id ORDER BY 1`,
        ),
      ).toEqual([
        { name: 'a', parent: null },
        { name: 'b', parent: 'a' },
        { name: 'c', parent: 'b' },
        { name: 'd', parent: 'e' },
        { name: 'e', parent: null },
      ]);
    });

    it('a chain of rows, however long, and deletes it', async () => {
      const db = await open({ models: blog });
      const chain = db.unitOfWork((work) => {
        const nodes = Array.from({ length: 10_000 }, (_, at) => work.create(Category, { name: String(at) }));
        nodes.forEach((node, at) => at > 0 && (nodes[at - 1]!.parent = node));
        return nodes;
      });
      expect(db.first(sql`SELECT count(*) AS n, count(parent_id) AS linked FROM categories`)).toEqual({
        n: 10_000,
        linked: 9999,
      });
      const statements = statementsOf(db, () => db.unitOfWork((work) => chain.forEach((node) => work.delete(node))));
      expect(statements).toEqual([
        'BEGIN IMMEDIATE',
        'DELETE FROM "categories" WHERE "id" IN (SELECT "value" FROM json_each(?))',
        'COMMIT',
      ]);
      expect(Category.count()).toBe(0);
    });

    it('rows that refer to each other, and deletes them', async () => {
      const db = await open({ models });
      const ann = db.unitOfWork((work) => {
        const owner = work.create(Owner, { name: 'Ann' });
        owner.favorite = work.create(Pet, { name: 'Rex', owner });
        return owner;
      });
      expect(Owner.findById(1)!.favorite!.owner.name).toBe('Ann');
      const statements = statementsOf(db, () =>
        db.unitOfWork((work) => {
          work.delete(ann);
          work.delete(ann.favorite!);
        }),
      );
      expect(statements).toEqual([
        'BEGIN IMMEDIATE',
        'UPDATE "owners" SET "favorite_id" = ? WHERE "id" = ?',
        'DELETE FROM "pets" WHERE "id" = ? AND "version" = ?',
        'DELETE FROM "owners" WHERE "id" = ?',
        'COMMIT',
      ]);
      expect(ann.favoriteId).toBe(1);
      expect(Owner.count() + Pet.count()).toBe(0);
      expect(() => ann.save()).toThrow(NotFoundError);
    });

    it('what was made and read elsewhere, once it was added', async () => {
      const db = await filled();
      const rex = Pet.findById(1)!;
      const eve = Owner.build({ name: 'Eve' });
      db.unitOfWork((work) => {
        expect(work.add(rex)).toBe(rex);
        expect(work.find(Pet, 1)).toBe(rex);
        expect(work.query(Pet).orderBy('id').first()).toBe(rex);
        rex.owner = work.add(eve);
        expect(rex.owner).toBe(eve);
      });
      expect(Pet.findById(1)!.owner.name).toBe('Eve');
      expect(rex.ownerId).toBe(eve.id);
    });

    it('the last of several things that a relation was given', async () => {
      const db = await filled();
      db.unitOfWork((work) => {
        const [rex, tom, kit] = work.query(Pet).orderBy('id').all() as [Pet, Pet, Pet];
        for (const pet of [rex, tom, kit]) pet.owner = work.create(Owner, { name: `new ${pet.name}` });
        rex.owner = work.find(Owner, 1)!;
        tom.ownerId = 2;
        expect(
          work
            .query(Pet)
            .with('owner')
            .orderBy('id')
            .all()
            .map(({ owner }) => owner.name),
        ).toEqual(['Ann', 'Ben', 'new Kit']);
      });
      expect(
        Pet.with('owner')
          .orderBy('id')
          .all()
          .map(({ owner }) => owner.name),
      ).toEqual(['Ann', 'Ben', 'new Kit']);
    });

    it('beside what its instances write by themselves', async () => {
      const db = await filled();
      db.unitOfWork((work) => {
        const rex = work.find(Pet, 1)!;
        rex.age = 1;
        rex.save();
        const cid = work.create(Owner, { name: 'Cid' });
        const pup = work.create(Pet, { name: 'Pup', owner: cid });
        expect(() => pup.save()).toThrow('Pet.owner was assigned an instance that has no key yet.');
        cid.save();
        pup.save();
        expect(pup.ownerId).toBe(cid.id);
        rex.age = 2;
      });
      expect(Pet.query().orderBy('id').pluck('age')).toEqual([2, 0, 0, 0]);
      expect(Owner.count()).toBe(3);
    });

    it('a graph', async () => {
      const db = await open({ models });
      db.unitOfWork((work) => {
        const ann = work.create(Owner, { name: 'Ann', pets: [{ name: 'Rex' }, { name: 'Tom' }] });
        expect(ann.pets.map(({ name }) => name)).toEqual(['Rex', 'Tom']);
        expect(ann.pets[0]!.owner).toBe(ann);
      });
      expect(Owner.with('pets').one().pets).toHaveLength(2);
    });
  });

  describe('loses no update', () => {
    it('of rows that others wrote since', async () => {
      const db = await filled();
      const [rex, tom] = Pet.query().orderBy('id').all() as [Pet, Pet];
      Pet.filter({ id: tom.id }).update({ age: 9 });
      expect(() =>
        db.unitOfWork((work) => {
          for (const pet of [rex, tom]) work.delete(pet);
        }),
      ).toThrow(StaleRecordError);
      expect(Pet.count()).toBe(3);
      tom.age = 1;
      expect(() => db.unitOfWork((work) => void work.add(tom))).toThrow(StaleRecordError);
      expect([tom.age, tom.version]).toEqual([1, 1]);
    });

    it('nor takes rows that are gone, or that a trigger keeps, for others', async () => {
      const db = await filled();
      const [rex, tom] = Pet.query().orderBy('id').all() as [Pet, Pet];
      Pet.filter({ id: tom.id }).delete();
      db.unitOfWork((work) => [rex, tom].forEach((pet) => work.delete(pet)));
      expect(Pet.query().pluck('name')).toEqual(['Kit']);

      const kept = [Owner.findById(2)!, Owner.create({ name: 'Eve' })];
      Pet.deleteAll();
      db.execute(`CREATE TRIGGER keep BEFORE DELETE ON owners WHEN OLD.name = 'Eve' BEGIN SELECT RAISE(IGNORE); END`);
      db.unitOfWork((work) => kept.forEach((owner) => work.delete(owner)));
      expect(Owner.query().orderBy('id').pluck('name')).toEqual(['Ann', 'Eve']);
      kept[1]!.name = 'Eva';
      kept[1]!.save();
      expect(() => kept[0]!.save()).toThrow(NotFoundError);
    });
  });

  describe('that fails', () => {
    it('leaves rows and objects as they were', async () => {
      const db = await filled();
      const [ann, rex] = [Owner.findById(1)!, Pet.findById(1)!];
      const [eve, pup] = [Owner.build({ name: 'Eve' }), Pet.build({ name: 'Pup' })];
      rex.age = 5;
      const { updatedAt } = rex;
      expect(() =>
        db.unitOfWork((work) => {
          pup.owner = work.add(eve);
          work.add(rex);
          work.add(ann).name = 'Ben'; // which is taken
        }),
      ).toThrow(UniqueViolation);
      expect(db.inTransaction).toBe(false);
      expect({ ...eve }).toEqual({ id: undefined, name: 'Eve', favoriteId: undefined });
      expect({ ...pup }).toEqual({ name: 'Pup' });
      expect([pup.owner, rex.age, rex.version, ann.name]).toEqual([eve, 5, 1, 'Ben']);
      expect(rex.updatedAt).toBe(updatedAt);
      expect([Owner.count(), Pet.count()]).toEqual([2, 3]);

      ann.name = 'Anna';
      expect(() => pup.save()).toThrow(QueryError); // its owner is inserted by nobody
      db.unitOfWork((work) => [ann, rex, pup].forEach((each) => work.add(each as Pet)));
      expect(
        Pet.with('owner')
          .orderBy('id')
          .all()
          .map(({ name, age, owner }) => [name, age, owner.name]),
      ).toEqual([
        ['Rex', 5, 'Anna'],
        ['Tom', 0, 'Anna'],
        ['Kit', 0, 'Ben'],
        ['Pup', 0, 'Eve'],
      ]);
    });

    it('undoes what it flushed before, and leaves what was set since', async () => {
      const db = await filled();
      const rex = Pet.findById(1)!;
      const eve = Owner.build({ name: 'Eve' });
      const stop = () =>
        db.unitOfWork((work) => {
          rex.age = 5;
          work.add(rex).owner = work.add(eve);
          work.delete(work.find(Pet, 2)!);
          work.flush();
          expect([eve.id, rex.version, Pet.count()]).toEqual([3, 2, 2]);
          eve.name = 'Eva';
          throw new Error('stop');
        });
      expect(stop).toThrow('stop');
      expect([eve.id, eve.name, rex.age, rex.version, rex.ownerId, rex.owner]).toEqual([
        undefined,
        'Eva',
        5,
        1,
        1,
        eve,
      ]);
      expect([Owner.count(), Pet.count()]).toEqual([2, 3]);
      expect(stop).toThrow('stop');
    });

    it('in a flush of its own goes on', async () => {
      const db = await filled();
      const statements = statementsOf(db, () =>
        db.unitOfWork((work) => {
          const eve = work.create(Owner, { name: 'Ann' });
          const pup = work.create(Pet, { name: 'Pup', owner: eve });
          expect(() => work.flush()).toThrow(UniqueViolation);
          expect([eve.id, pup.ownerId, pup.owner]).toEqual([undefined, undefined, eve]);
          eve.name = 'Eve';
          work.flush();
          expect(pup.ownerId).toBe(eve.id);
          expect(work.find(Owner, eve.id)).toBe(eve);
        }),
      );
      expect(statements.filter((text) => /SAVEPOINT|ROLLBACK|RELEASE/.test(text))).toHaveLength(5);
      expect(Owner.query().orderBy('id').pluck('name')).toEqual(['Ann', 'Ben', 'Eve']);
    });

    it('at COMMIT leaves objects as they were, too', async () => {
      const db = await open({ models: blog });
      db.execute(
        'CREATE TABLE refers (id INTEGER PRIMARY KEY, user INTEGER REFERENCES users DEFERRABLE INITIALLY DEFERRED)',
      );
      const eve = User.build({ name: 'Eve' });
      expect(() =>
        db.unitOfWork((work) => {
          work.add(eve);
          db.run(sql`INSERT INTO refers (user) VALUES (99)`);
        }),
      ).toThrow(ForeignKeyViolation);
      expect({ ...eve }).toEqual({ id: undefined, name: 'Eve', country: undefined });
      expect(User.count()).toBe(0);
    });

    it('inside a transaction undoes itself alone', async () => {
      const db = await filled();
      const eve = Owner.build({ name: 'Ann' });
      db.transaction(() => {
        Owner.create({ name: 'Cid' });
        expect(() => db.unitOfWork((work) => void work.add(eve))).toThrow(UniqueViolation);
        expect(eve.id).toBeUndefined();
        eve.name = 'Eve';
        db.unitOfWork((work) => void work.add(eve));
      });
      expect(Owner.query().orderBy('id').pluck('name')).toEqual(['Ann', 'Ben', 'Cid', 'Eve']);
    });
  });

  it('deletes what was deleted while it was inserted, and refuses two flushes at once', async () => {
    const db = await open({ models });
    await db.async.unitOfWork(async (work) => {
      const ann = work.create(Owner, { name: 'Ann' });
      const flushed = work.flush();
      work.create(Owner, { name: 'Ben' });
      work.delete(ann);
      await expect(work.flush()).rejects.toThrow(
        'A flush of this unit of work is under way. Await it before the next one, and before the end.',
      );
      await flushed;
    });
    expect(Owner.query().pluck('name')).toEqual(['Ben']);
  });

  it('refuses what is no instance', async () => {
    const db = await open({ models });
    for (const other of [null, undefined, 5, {}]) {
      db.unitOfWork((work) => {
        expect(() => work.add(other as never)).toThrow('A unit of work takes instances of models.');
        expect(() => work.delete(other as never)).toThrow('A unit of work takes instances of models.');
      });
    }
  });

  it('refuses a key that is not that of the instance beside it', async () => {
    const db = await filled();
    const first = Owner.findById(1)!;
    db.unitOfWork((work) => {
      expect(() => work.create(Pet, { name: 'refused', ownerId: first.id + 1, owner: first })).toThrow(
        'A Pet in this graph has another value in ownerId than Pet.owner gives it.',
      );
      work.create(Pet, { name: 'taken', ownerId: first.id, owner: first });
    });
    expect(Pet.filter({ name: 'refused' }).count()).toBe(0);
    expect(Pet.filter({ name: 'taken' }).one().ownerId).toBe(first.id);
  });

  it('leaves nothing behind of what it refused, what that refers to included', async () => {
    const db = await filled();
    const first = Owner.findById(1)!;
    let [owner, pet]: [Owner | undefined, Pet | undefined] = [undefined, undefined];
    const failing = () =>
      db.unitOfWork((work) => {
        owner = work.create(Owner, { name: 'new' });
        pet = work.create(Pet, { name: 'p', owner });
        throw new Error('given up');
      });
    expect(failing).toThrow('given up');
    db.unitOfWork((outer) => {
      outer.add(owner!);
      db.unitOfWork((work) => {
        const refused = () => work.create(Pet, { name: 'q', ownerId: first.id, mother: pet! });
        expect(refused).toThrow('This Owner is inserted by another unit of work.');
        work.create(Pet, { name: 'kept', ownerId: first.id });
      });
    });
    expect(Pet.filter({ name: 'kept' }).count()).toBe(1);
    expect(Pet.filter({ name: 'q' }).count() + Pet.filter({ name: 'p' }).count()).toBe(0);
  });

  it('refuses what does not belong to it', async () => {
    const db = await filled();
    const other = openFile(':memory:', { models, alias: 'other' });
    const foreign = Owner.using(other).create({ name: 'x' });
    const gone = Pet.findById(1)!;
    gone.delete();
    db.unitOfWork((work) => {
      expect(() => work.add(foreign)).toThrow(
        'This Owner is in the database "other", and the unit of work in "default".',
      );
      expect(() => work.add(gone)).toThrow(NotFoundError);
      expect(() => work.add({} as never)).toThrow('A unit of work takes instances of models.');
      expect(() => work.delete(Owner.build({ name: 'x' }))).toThrow('was never saved');
      expect(() => work.create(Owner, { nmae: 'x' } as never)).toThrow('Did you mean "name"?');
      const eve = work.create(Owner, { name: 'Eve' });
      db.unitOfWork((inner) => {
        expect(() => inner.add(eve)).toThrow('This Owner is inserted by another unit of work.');
      });
      const pup = work.create(Pet, { name: 'x', owner: eve });
      work.delete(eve);
      expect(() => work.flush()).toThrow('Pet.owner leads to an instance that has no key and is not inserted.');
      work.delete(pup);
      const orphan = work.create(Pet, { name: 'y', owner: eve }); // which does not bring back what was deleted
      expect(() => work.flush()).toThrow('Pet.owner leads to an instance that has no key and is not inserted.');
      work.delete(orphan);
    });
    expect(Owner.filter({ name: 'Eve' }).count()).toBe(0);
    other.close();
    expect(() => db.unitOfWork((async () => undefined) as () => never)).toThrow(AsyncCallbackError);
    expect(db.inTransaction).toBe(false);
  });

  it('refuses a second instance of a row that it has', async () => {
    const db = await filled();
    const twin = 'The unit of work has another instance of this Owner already.';
    const [ann, again] = [Owner.findById(1)!, Owner.findById(1)!];
    expect(() => {
      db.unitOfWork((work) => {
        work.add(ann);
        work.add(ann);
        ann.name = 'Anna';
        again.name = 'Annie';
        expect(() => work.add(again)).toThrow(QueryError);
        expect(() => work.add(again)).toThrow(`${twin} Use that one, as work.find(Owner, key) gives it.`);
        expect(() => work.delete(again)).toThrow(twin);
        expect(() => work.create(Pet, { name: 'x', owner: again })).toThrow(twin);
        work.find(Owner, 2);
        expect(() => work.add(Owner.findById(2)!)).toThrow(twin);
        const made = work.create(Owner, { name: 'New' });
        work.flush();
        expect(() => work.add(Owner.findById(made.id)!)).toThrow(twin);
        expect(work.find(Owner, 1)).toBe(ann);
        work.delete(made);
      });
    }).not.toThrow();
    expect(Owner.findById(1)!.name).toBe('Anna');
    expect(Pet.filter({ name: 'x' }).count()).toBe(0);
    again.reload();
    db.unitOfWork((work) => work.add(again)); // the other one has ended
  });

  it('has one instance of a row that was only referred to', async () => {
    const db = await filled();
    const ann = Owner.findById(1)!;
    db.unitOfWork((work) => {
      work.create(Pet, { name: 'x', owner: ann });
      expect(work.find(Owner, 1)).toBe(ann);
      expect(work.query(Owner).filter({ id: 1 }).one()).toBe(ann);
    });
  });
});

describe.each(drivers)('a graph on $name', ({ open }) => {
  it('refuses two instances of one row', async () => {
    await open({ models });
    Owner.create({ name: 'Ann' });
    Pet.create({ name: 'Rex', ownerId: 1 });
    const [rex, again] = [Pet.findById(1)!, Pet.findById(1)!];
    expect(() => Owner.createGraph({ name: 'Bob', pets: [rex, again] })).toThrow(
      'The graph has another instance of this Pet already.',
    );
    expect([Owner.count(), rex.ownerId, again.ownerId]).toEqual([1, 1, 1]);
  });
});
