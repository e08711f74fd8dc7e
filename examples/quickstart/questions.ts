import { between, columns, gte, oneOf, sql, type Database } from 'litemodel';
import { capitals, City, Continent, Country, Currency } from './models.js';

/** A question as code: its comment is the title, its body is what the example prints and runs. */
export type Question = (db: Database) => readonly object[];

/** The largest cities of Japan */
export function largestCities() {
  return City.filter({ country: 'JP' }).orderBy(['population', 'desc']).limit(5).all();
}

/** Towns of more than 20,000 people around Geneva, in two countries, the nearest first */
export function citiesNearby() {
  const geneva = { latitude: 46.2044, longitude: 6.1432 };
  const { latitude, longitude } = columns(City);
  const km = sql<number>`round(6371 * acos(min(1,
    sin(radians(${geneva.latitude})) * sin(radians(${latitude})) +
    cos(radians(${geneva.latitude})) * cos(radians(${latitude})) *
    cos(radians(${longitude} - ${geneva.longitude})))), 1)`;
  return City.filter({
    latitude: between(geneva.latitude - 0.2, geneva.latitude + 0.2), // a box, found by the index
    longitude: between(geneva.longitude - 0.3, geneva.longitude + 0.3),
    population: gte(20_000),
  })
    .select({ name: true, country: true, population: true, km })
    .orderBy(sql`km`)
    .limit(6)
    .all();
}

/** Where Portuguese is spoken: a condition inside of a JSON column */
export function countriesByLanguage() {
  const { languages } = columns(Country);
  return Country.filter(sql`'pt' IN (SELECT value FROM json_each(${languages}))`)
    .select('name', 'capital', 'languages', 'currencies')
    .orderBy('name')
    .all();
}

/** The largest capitals of Africa: a scope and a subquery */
export function largestCapitals() {
  return City.query()
    .use(capitals)
    .filter({ country: oneOf(Country.filter({ continent: 'AF' }).select('code')) })
    .orderBy(['population', 'desc'])
    .select('name', 'country', 'population')
    .limit(5)
    .all();
}

/** The people in these cities by continent: a join in SQL, its rows typed */
export function populationByContinent(db: Database) {
  return db.all<{ continent: string; countries: number; cities: number; people: number }>(sql`
    SELECT continents.name AS continent, count(DISTINCT countries.code) AS countries,
           count(*) AS cities, sum(cities.population) AS people
    FROM ${City} JOIN ${Country} ON countries.code = cities.country
                 JOIN ${Continent} ON continents.code = countries.continent
    GROUP BY continents.code
    ORDER BY people DESC`);
}

/** The currencies that most countries share: SQLite's own JSON functions */
export function sharedCurrencies(db: Database) {
  return db.all<{ currency: string; symbol: string; countries: number }>(sql`
    SELECT currencies.name AS currency, symbol, count(*) AS countries
    FROM ${Country}, json_each(countries.currencies) AS used
    JOIN ${Currency} ON currencies.code = used.value
    GROUP BY currencies.code
    ORDER BY countries DESC, currency
    LIMIT 5`);
}

/** The second page of Brazil's cities: it begins where the first one ended, without an OFFSET */
export function secondPage() {
  const largest = City.filter({ country: 'BR' }).orderBy(['population', 'desc']);
  const first = largest.page({ size: 4 });
  const second = largest.page({ size: 4, after: first.next });
  return second.rows;
}

/** Somebody moves to Zürich: save() writes the column that changed, and nothing when none did */
export function oneMorePerson() {
  const city = City.filter({ name: 'Zürich', country: 'CH' }).one();
  city.population += 1;
  city.save();
  city.save(); // nothing changed since: no statement
  return [city];
}

/** All cities of the Netherlands are deleted, and the transaction rolls back */
export function rolledBack(db: Database) {
  const dutch = City.filter({ country: 'NL' });
  const counts = [{ when: 'before', cities: dutch.count() }];
  try {
    db.transaction(() => {
      dutch.delete();
      counts.push({ when: 'in the transaction', cities: dutch.count() });
      throw new Error('The dikes hold.');
    });
  } catch (error) {
    counts.push({ when: `after "${(error as Error).message}"`, cities: dutch.count() });
  }
  return counts;
}

export const questions: readonly Question[] = [
  largestCities,
  citiesNearby,
  countriesByLanguage,
  largestCapitals,
  populationByContinent,
  sharedCurrencies,
  secondPage,
  oneMorePerson,
  rolledBack,
];
