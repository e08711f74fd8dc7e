/*
 * Any work at all: after one that went well the database holds what the objects hold, and after one that failed it holds what it
 * held before, and so do the objects: their fields, their keys, and what is known of their rows.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OrmError, sql, type Database, type UnitOfWork } from 'litemodel';
import { Stored } from '../../src/query/index.js';
import { drivers } from '../open-database.js';
import { models, Owner, Pet } from './models.js';

type Fields = Record<string, unknown>;

const columns = {
  owners: ['id', 'name', 'favoriteId'],
  pets: ['id', 'name', 'ownerId', 'motherId', 'age', 'updatedAt', 'version'],
};
const fieldsOf = (object: Owner | Pet): unknown[] =>
  (object instanceof Owner ? columns.owners : columns.pets).map((name) => (object as unknown as Fields)[name]);

const step = fc.record({
  what: fc.constantFrom(
    'owner',
    'pet',
    'rename',
    'age',
    'give',
    'mother',
    'favorite',
    'delete',
    'delete',
    'flush',
    'query',
    'spoil',
  ),
  at: fc.nat(20),
  to: fc.nat(20),
  name: fc.nat(30),
});
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** A run of the steps; the objects that it touched, and which of them it deleted. */
class Work {
  readonly owners: Owner[];
  readonly pets: Pet[];
  readonly deleted = new Set<object>();
  /** The fields before and after each flush of its own. */
  readonly flushes: { readonly before: Map<object, unknown[]>; readonly after: Map<object, unknown[]> }[] = [];
  /** The fields at the end of the callback. */
  end = new Map<object, unknown[]>();
  readonly #work: UnitOfWork;
  readonly #steps: readonly Step[];

  constructor(work: UnitOfWork, steps: readonly Step[], given: readonly (Owner | Pet)[]) {
    this.#work = work;
    this.#steps = steps;
    for (const object of given) work.add(object);
    this.owners = given.filter((object) => object instanceof Owner);
    this.pets = given.filter((object) => object instanceof Pet);
  }

  get objects(): (Owner | Pet)[] {
    return [...this.owners, ...this.pets];
  }

  fields(): Map<object, unknown[]> {
    return new Map(this.objects.map((object) => [object, fieldsOf(object)]));
  }

  run(fails: boolean): void {
    for (const each of this.#steps) this.#do(each);
    this.end = this.fields();
    if (fails) throw new Error('stop');
  }

  #do({ what, at, to, name }: Step): void {
    const work = this.#work;
    const owner = pick(this.owners, at);
    const pet = pick(this.pets, to);
    if (what === 'owner') this.owners.push(work.create(Owner, { name: `n${name}` }));
    if (what === 'pet' && owner) this.pets.push(work.create(Pet, { name: `p${name}`, owner }));
    if (what === 'rename' && owner) owner.name = `n${name}`;
    if (what === 'age' && pet) pet.age = name;
    if (what === 'give' && owner && pet) pet.owner = owner;
    if (what === 'mother' && pet) pet.mother = pick(this.pets, at) ?? null;
    if (what === 'favorite' && owner) owner.favorite = name % 4 === 0 ? null : (pet ?? null);
    if (what === 'delete') this.#delete(name % 3 === 0 ? owner : pet);
    if (what === 'query') work.query(Pet).with('owner', 'mother').all();
    if (what === 'spoil' && name < 2) this.owners.push(work.create(Owner, { name: 1 as never }));
    if (what === 'flush') {
      const before = this.fields();
      work.flush();
      this.flushes.push({ before, after: this.fields() });
    }
  }

  #delete(object: Owner | Pet | undefined): void {
    if (object === undefined || this.deleted.has(object)) return;
    this.#work.delete(object);
    this.deleted.add(object);
  }

  /** What an object holds once all of it was undone: what flushes set is taken back, what the callback set is not. */
  undone(object: object): unknown[] {
    const now = [...this.end.get(object)!];
    for (const { before, after } of [...this.flushes].reverse()) {
      const [was, became] = [before.get(object), after.get(object)];
      if (was === undefined || became === undefined) continue;
      for (const [place, value] of now.entries()) if (Object.is(value, became[place])) now[place] = was[place];
    }
    return now;
  }
}

const pick = <T>(list: readonly T[], at: number): T | undefined => list[at % Math.max(list.length, 1)];

const dump = (db: Database) => [
  db.all(sql`SELECT * FROM owners ORDER BY id`),
  db.all(sql`SELECT * FROM pets ORDER BY id`),
];

describe.each(drivers.slice(0, 2))('any work on $name', ({ open }) => {
  it('is in the database if it went well, and nowhere if not', async () => {
    const db = await open({ models });
    let [kept, failed] = [0, 0];
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.boolean(), fc.nat(5), (steps, fails, given) => {
        db.execute('UPDATE owners SET favorite_id = NULL; DELETE FROM pets; DELETE FROM owners;');
        for (const name of ['a', 'b']) Owner.createGraph({ name, pets: [{ name: 'x' }, { name: 'y' }] });
        const loaded = [...Owner.query().all(), ...Pet.query().limit(given).all()];
        const before = dump(db);
        const rows = new Map(loaded.map((object) => [object, structuredClone(Stored.row(object))]));
        let run: Work | undefined;
        try {
          db.unitOfWork((work) => {
            run = new Work(work, steps, loaded);
            run.run(fails);
          });
        } catch (error) {
          if (!(error instanceof OrmError) && (error as Error).message !== 'stop') throw error;
          failed++;
          expect(dump(db)).toEqual(before);
          expect(db.inTransaction).toBe(false);
          for (const object of run!.objects) {
            expect(Stored.row(object)).toEqual(rows.get(object));
            if (run!.end.size > 0) expect(fieldsOf(object)).toEqual(run!.undone(object));
          }
          return;
        }
        kept++;
        const { objects, deleted } = run!;
        for (const object of objects) {
          if (deleted.has(object)) continue;
          const fresh = object instanceof Owner ? Owner.findById(object.id) : Pet.findById(object.id);
          expect(fieldsOf(object)).toEqual(fieldsOf(fresh!));
          expect(Stored.row(object)).toEqual(Stored.row(fresh!));
          if (object instanceof Pet) expect(object.owner.id).toBe(object.ownerId);
          expect(object instanceof Owner ? (object.favorite?.id ?? null) : (object.mother?.id ?? null)).toBe(
            object instanceof Owner ? object.favoriteId : object.motherId,
          );
        }
        const isLeft = (object: object) => objects.includes(object as Owner) && !deleted.has(object);
        expect(Owner.count()).toBe(objects.filter((object) => object instanceof Owner && isLeft(object)).length);
        expect(db.all(sql`PRAGMA foreign_key_check`)).toEqual([]);
      }),
      { numRuns: 500 },
    );
    expect(Math.min(kept, failed)).toBeGreaterThan(100);
  });
});
