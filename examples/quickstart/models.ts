import {
  boolean,
  createdAt,
  id,
  integer,
  json,
  Model,
  real,
  scope,
  table,
  text,
  type Generated,
} from 'litemodel';

@table('continents')
export class Continent extends Model {
  @text({ primaryKey: true }) code!: string;
  @text() name!: string;
}

@table('countries')
export class Country extends Model {
  /** ISO 3166-1, as in "JP". */
  @text({ primaryKey: true }) code!: string;
  @text() name!: string;
  /** The name that its people use. */
  @text() native!: string;
  @text({ nullable: true }) capital!: string | null;
  /** The code of a `Continent`. */
  @text({ index: true }) continent!: string;
  /** The codes of each `Currency` in use, and of each `Language`. */
  @json<string[]>() currencies!: string[];
  @json<string[]>() languages!: string[];
}

@table('languages')
export class Language extends Model {
  /** ISO 639-1, as in "pt". */
  @text({ primaryKey: true }) code!: string;
  @text() name!: string;
  @text() native!: string;
  @boolean({ default: false }) rightToLeft!: Generated<boolean>;
}

@table('currencies')
export class Currency extends Model {
  /** ISO 4217, as in "CHF". */
  @text({ primaryKey: true }) code!: string;
  @text() name!: string;
  @text() symbol!: string;
  /** How many digits its amounts have after the point. */
  @integer() decimals!: number;
}

@table('cities', {
  indexes: [{ on: ['country', 'population'] }, { on: ['latitude', 'longitude'] }],
})
export class City extends Model {
  /** The number that GeoNames gave it. */
  @integer({ primaryKey: true }) id!: number;
  @text() name!: string;
  /** The code of a `Country`. */
  @text() country!: string;
  /** GeoNames' code for what it is: "PPL" is a place, "PPLA" the seat of a province. */
  @text() feature!: string;
  @integer() population!: number;
  @real() latitude!: number;
  @real() longitude!: number;
}

/** The seats of governments. */
export const capitals = scope<City>('capitals', { feature: 'PPLC' });

/** An import that was finished: written last, in the transaction that wrote everything else. */
@table('imports')
export class Import extends Model {
  @id() id!: Generated<number>;
  @integer() rows!: number;
  @createdAt() finishedAt!: Generated<Date>;
}

export const models = [Continent, Country, Language, Currency, City, Import];
