import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  blob,
  choice,
  column,
  datetime,
  decimal,
  defineModel,
  eq,
  gt,
  id,
  integer,
  json,
  like,
  oneOf,
  OrmError,
  sql,
  text,
  uuid,
  type Codec,
  type Database,
} from 'litemodel';
import { drivers } from '../open-database.js';

const secret = 'S3CRET-hunter2';
const bytes = new TextEncoder().encode(secret);

const picky: Codec<string> = {
  storage: 'TEXT',
  expected: 'a short string',
  encode: (value) => {
    if (value.length > 3) throw new RangeError('too long');
    return value;
  },
  decode: (stored) => {
    if (String(stored).length > 3) throw new RangeError('too long');
    return String(stored);
  },
};

const Kept = defineModel(
  'kept',
  {
    id: id(),
    name: text({ unique: true }),
    n: integer({ nullable: true, check: sql`n < 100` }),
    price: decimal(5, 2, { nullable: true }),
    kind: choice(['a', 'b'], { nullable: true }),
    key: uuid({ nullable: true }),
    at: datetime({ nullable: true }),
    body: json<unknown>({ nullable: true }),
    photo: blob({ nullable: true }),
    code: column(picky, { nullable: true }),
  },
  { modelName: 'Kept', checks: { short: sql`length(name) < 50` }, fillable: ['n'] },
);

/** Mistakes with a secret in each value. */
const mistakes: readonly ((db: Database) => unknown)[] = [
  () => [Kept.create({ name: secret }), Kept.create({ name: secret })],
  () => Kept.create({ name: secret.repeat(9) }),
  () => Kept.create({ name: secret, n: 5000 }),
  () => Kept.create({ name: secret, n: secret as never }),
  () => Kept.create({ name: [secret] as never }),
  () => Kept.create({ name: { [secret]: secret } as never }),
  () => Kept.create({ name: `${secret}\uD800` }),
  () => Kept.create({ name: 'x', price: secret }),
  () => Kept.create({ name: 'x', kind: secret as never }),
  () => Kept.create({ name: 'x', key: secret }),
  () => Kept.create({ name: 'x', at: secret as never }),
  () => Kept.create({ name: 'x', body: { secret, n: 1n } }),
  () => Kept.create({ name: 'x', photo: secret as never }),
  () => Kept.create({ name: 'x', code: secret }),
  () => Kept.filter({ n: secret as never }),
  () => Kept.filter({ name: [secret] as never }),
  () => Kept.filter({ price: gt(secret) }),
  () => Kept.filter({ kind: oneOf([secret]) as never }),
  () => Kept.filter({ name: like(`${secret}\0`) }),
  () => Kept.filter({ body: { a: Symbol(secret) } }),
  () => Kept.filter({ name: eq(`${secret}\uDC00`) }),
  () => Kept.filter({ id: 1 }).update({ n: secret as never }),
  () => Kept.filter(sql`name = ${secret} AND`).all(),
  () => Kept.filter(sql`no_such_function(${secret})`).all(),
  () => Kept.filter(sql`json_extract(${'{}'}, ${secret})`).all(),
  () => Kept.filter(sql`json_extract(${secret}, '$.a')`).all(),
  () => Kept.filter({ name: secret }).one(),
  () => Kept.query().page({ size: 1, after: secret }),
  () => Kept.findById(secret as never),
  () => Kept.findById({ id: secret } as never),
  () => Kept.build().fill({ name: secret }),
  () => defineModel('x', { id: id(), n: integer({ default: secret as never }) }),
  (db) => db.run(sql`INSERT INTO kept (name) VALUES (${bytes})`),
  (db) => db.run(sql`INSERT INTO kept (name, n) VALUES ('x', ${secret})`),
  (db) => db.run(sql`INSERT INTO kept (id, name) VALUES (${secret}, 'x')`),
  (db) => db.run(sql`INSERT INTO kept (name, body) VALUES ('x', ${secret})`),
  (db) => db.run(sql`INSERT INTO kept (name, kind) VALUES ('x', ${secret})`),
  (db) => db.run(sql`INSERT INTO kept (name) VALUES (${null})`),
  (db) => db.all(sql`SELECT abs(${secret}), raise_it()`),
  (db) => db.all(sql`SELECT ${{ secret } as never}`),
  (db) => {
    db.run(sql`INSERT INTO kept (name, key) VALUES ('x', ${secret})`);
    Kept.all();
  },
  (db) => {
    db.run(sql`INSERT INTO kept (name, code) VALUES ('x', ${secret})`);
    Kept.query().pluck('code');
  },
];

describe.each(drivers)('$name', ({ open }) => {
  it.each(mistakes.map((mistake) => [String(mistake).replaceAll(/\s+/g, ' '), mistake] as const))(
    'no value is in the error of %s',
    async (_, mistake) => {
      const db = await open({ models: [Kept] });
      let error: unknown;
      try {
        mistake(db);
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toBeInstanceOf(OrmError);
      for (let each = error as Error | undefined; each instanceof Error; each = each.cause as Error | undefined) {
        const texts = [each.message, String(each), JSON.stringify(each)];
        if (each instanceof OrmError) texts.push(each.stack!.split('\n    at ')[0]!, each.hint ?? '');
        for (const shown of texts) expect(shown).not.toContain(secret);
      }
      const own = inspect({ ...(error as OrmError) }, { depth: 9 });
      expect(own).not.toContain(secret);
    },
  );

  it('a listener gets the error, and values only where it asks for them', async () => {
    const db = await open({ models: [Kept] });
    Kept.create({ name: secret });
    const [quiet, told]: [unknown[], unknown[]] = [[], []];
    db.onStatement((event) => quiet.push(event));
    db.onStatement(({ parameters }) => told.push(parameters), { values: true });
    expect(() => Kept.create({ name: secret })).toThrow(OrmError);
    expect(quiet).toMatchObject([{ rows: 0, parameters: undefined, error: { code: 'ORM_UNIQUE_VIOLATION' } }]);
    expect(JSON.stringify(quiet)).not.toContain(secret);
    expect(told).toEqual([expect.arrayContaining([secret])]);
  });
});

describe('did you mean', () => {
  const User = defineModel(
    'users',
    { id: id(), name: text(), emailAddress: text(), createdAt: datetime(), age: integer() },
    { modelName: 'User' },
  );
  const hintFor = (field: string) => {
    try {
      User.filter({ [field]: 1 });
    } catch (error) {
      return (error as OrmError).message;
    }
    return undefined;
  };

  it.each([
    ['nmae', 'name'],
    ['Name', 'name'],
    ['nam', 'name'],
    ['email_address', 'emailAddress'],
    ['emailAdress', 'emailAddress'],
    ['created_at', 'createdAt'],
    ['agee', 'age'],
    ['ID', 'id'],
  ])('%s is taken for %s', (field, meant) => {
    expect(hintFor(field)).toBe(`User has no field "${field}". Did you mean "${meant}"?`);
  });

  it.each(['password', 'x', '', '$where', 'constructor', 'hasOwnProperty'])('%j is taken for nothing', (field) => {
    expect(hintFor(field)).toBe(`User has no field "${field}". There are: id, name, emailAddress, createdAt, age.`);
  });

  it('wherever a field is named', () => {
    const message = 'User has no field "nmae". Did you mean "name"?';
    const nmae = 'nmae' as 'name';
    for (const work of [
      () => User.filter({ nmae: 'x' } as never),
      () => User.query().orderBy(nmae),
      () => User.query().orderBy([nmae, 'desc']),
      () => User.query().reorder(nmae),
      () => User.query().select(nmae),
      () => User.query().select({ nmae: true } as never),
      () => User.filter({ id: 1 }).returning(nmae),
      () => User.build({ nmae: 'x' } as never),
      () => User.build().fill({ nmae: 'x' } as never),
    ]) {
      expect(work).toThrow(message);
    }
  });
});
