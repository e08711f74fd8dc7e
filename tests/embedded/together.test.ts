import { describe, expect, it } from 'vitest';
import {
  belongsTo,
  embedded,
  hasMany,
  id,
  integer,
  MissingFieldError,
  Model,
  rules,
  sql,
  StaleRecordError,
  table,
  text,
  UniqueViolation,
  validate,
  version,
  type AfterEvent,
  type Generated,
} from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';

const heard: unknown[] = [];

class Address {
  @text() city!: string;
  @text({ nullable: true }) zip!: string | null;
  @text({ default: 'PT' }) country!: Generated<string>;
}

@table('firms')
class Firm extends Model {
  @id() id!: Generated<number>;
  @text({ unique: true }) name!: string;
  @embedded(() => Address) address!: Address;
  @hasMany(() => Person, 'firmId') people!: Person[];
}

@table('people')
class Person extends Model {
  @id() id!: Generated<number>;
  @integer() firmId!: number;
  @validate(rules.required()) @embedded(() => Address, { nullable: true }) home!: Address | null;
  @version() version!: Generated<number>;
  @belongsTo(() => Firm, 'firmId') firm!: Firm;

  afterUpdate({ changes }: AfterEvent<Person>): void {
    heard.push(changes);
  }
}

const at = (city: string, zip: string | null = null, country = 'PT'): Address =>
  Object.assign(new Address(), { city, zip, country });

describe.each(drivers)('embedded objects on $name', ({ open }) => {
  const filled = async () => {
    const db = await open({ models: [Firm, Person] });
    const firm = Firm.createGraph({
      name: 'Ace',
      address: at('Porto'),
      people: [{ home: at('Braga', '4700') }, { home: at('Faro') }],
    });
    return { db, firm };
  };

  it('are inserted by graphs, and ordered by through relations', async () => {
    const { firm } = await filled();
    expect(firm.people[0]!.home).toBeInstanceOf(Address);
    Firm.createGraph({ name: 'Bee', address: at('Aveiro'), people: [{ home: at('Évora') }] });
    expect(Person.query().orderBy('firm.address.city', ['home.city', 'desc']).pluck('id')).toEqual([3, 2, 1]);
    expect(Person.query().reorder(['home.city', 'asc']).pluck('id')).toEqual([1, 2, 3]);
    expect(Person.filter({ firm: { address: { city: 'Aveiro' } } }).pluck('id')).toEqual([3]);
  });

  it('are told of as a whole by events', async () => {
    await filled();
    const person = Person.query().first()!;
    heard.length = 0;
    person.home!.zip = null;
    person.save();
    person.home = null;
    expect(person.validate()).toMatchObject([{ path: 'home', rule: 'required' }]);
    person.home = at('Lagos');
    person.save();
    expect(heard).toEqual([
      { home: { before: at('Braga', '4700'), after: at('Braga') }, version: { before: 1, after: 2 } },
      { home: { before: at('Braga'), after: at('Lagos') }, version: { before: 2, after: 3 } },
    ]);
  });

  it('count as an update for the version', async () => {
    await filled();
    const [person, other] = [Person.query().first()!, Person.query().first()!];
    person.home!.city = 'Lagos';
    person.save();
    other.home!.city = 'Lisboa';
    expect(() => other.save()).toThrow(StaleRecordError);
    expect(Person.query().first()!.home).toEqual(at('Lagos', '4700'));
  });

  it('are written by units of work, column by column, and read anew by them', async () => {
    const { db } = await filled();
    const statements = statementsOf(db, () =>
      db.unitOfWork((work) => {
        const [one, two] = work.query(Person).orderBy('home.city').all() as [Person, Person];
        one.home!.zip = '1';
        const firm = work.create(Firm, { name: 'Bee', address: at('Aveiro') });
        work.create(Person, { firm, home: at('Évora') });
        work.flush();
        db.run(sql`UPDATE people SET home_city = NULL, home_country = NULL, version = 7 WHERE id = ${two.id}`);
        work.query(Person).all();
        expect(two.home).toBeNull();
        expect(one.home).toEqual(at('Braga', '1'));
      }),
    );
    expect(statements).toContain(
      'UPDATE "people" SET "home_zip" = ?, "version" = "version" + 1 WHERE "id" = ? AND "version" = ?',
    );
    expect(db.all(sql`SELECT home_city, home_zip, home_country, firm_id FROM people ORDER BY id`)).toEqual([
      { home_city: 'Braga', home_zip: '1', home_country: 'PT', firm_id: 1 },
      { home_city: null, home_zip: null, home_country: null, firm_id: 1 },
      { home_city: 'Évora', home_zip: null, home_country: 'PT', firm_id: 2 },
    ]);
  });

  it('are still there after a unit of work that failed', async () => {
    const { db } = await filled();
    const person = Person.query().first()!;
    const fresh = Person.build({ firmId: 1, home: at('Lagos') });
    const none = Person.build({ firmId: 1 });
    const fail = () =>
      db.unitOfWork((work) => {
        for (const each of [person, fresh, none]) work.add(each);
        none.home = null;
        person.home!.city = 'Lisboa';
        work.create(Firm, { name: 'Ace', address: at('Porto') });
      });
    expect(fail).toThrow(UniqueViolation);
    expect([person.home, fresh.home, none.home]).toEqual([at('Lisboa', '4700'), at('Lagos'), null]);
    fresh.save();
    expect(Person.query().pluck('id')).toEqual([1, 2, 3]);
    expect(() => Firm.createGraph({ name: 'C', address: Object.assign(new Address(), { zip: '1' }) })).toThrow(
      MissingFieldError,
    );
  });
});
