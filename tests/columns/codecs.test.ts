import { describe, expect, it } from 'vitest';
import {
  between,
  column,
  columns,
  defineModel,
  desc,
  eq,
  gt,
  gte,
  id,
  InvalidValueError,
  lt,
  lte,
  Model,
  ne,
  noneOf,
  not,
  oneOf,
  sql,
  table,
  text,
  type Codec,
  type Generated,
} from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';

/** An amount in a currency's smallest unit; stored negated, so that a path without the codec is seen at once. */
class Amount {
  readonly #cents: number;
  constructor(cents: number) {
    this.#cents = cents;
  }
  get cents(): number {
    return this.#cents;
  }
}

const amountCodec: Codec<Amount> = {
  storage: 'INTEGER',
  expected: 'an Amount',
  encode: (amount) => {
    if (!(amount instanceof Amount)) throw new TypeError('no Amount');
    return -amount.cents;
  },
  decode: (stored) => new Amount(-Number(stored)),
};

@table('accounts')
class Account extends Model {
  @id() id!: Generated<number>;
  @text() owner!: string;
  @column(amountCodec, { default: new Amount(100) }) balance!: Generated<Amount>;
  @column(amountCodec, { default: () => new Amount(5) }) bonus!: Generated<Amount>;
  @column(amountCodec, { default: sql`-7` }) fee!: Generated<Amount>;
  @column(amountCodec, { nullable: true }) limit!: Amount | null;
}

const cents = (account: Account) => [account.balance, account.bonus, account.fee, account.limit].map((a) => a?.cents);

describe.each(drivers)('$name', ({ open }) => {
  describe('a codec', () => {
    it('has its default in the DDL as it stores it', async () => {
      const db = await open({ models: [Account] });
      expect(db.first(sql`SELECT sql FROM sqlite_schema WHERE name = 'accounts'`)!['sql']).toBe(
        [
          'CREATE TABLE "accounts" (',
          '  "id" INTEGER NOT NULL PRIMARY KEY,',
          '  "owner" TEXT NOT NULL,',
          '  "balance" INTEGER NOT NULL DEFAULT -100,',
          '  "bonus" INTEGER NOT NULL,',
          '  "fee" INTEGER NOT NULL DEFAULT (-7),',
          '  "limit" INTEGER',
          ') STRICT',
        ].join('\n'),
      );
    });

    it('is applied at each write, to each read, and to each default', async () => {
      const db = await open({ models: [Account] });
      const made = Account.create({ owner: 'Ann' });
      expect(cents(made)).toEqual([100, 5, 7, undefined]);
      expect(made.balance).toBeInstanceOf(Amount);
      const ann = Account.findById(made.id)!;
      expect(cents(ann)).toEqual([100, 5, 7, undefined]);

      ann.limit = new Amount(50);
      expect(statementsOf(db, () => ann.save())).toEqual(['UPDATE "accounts" SET "limit" = ? WHERE "id" = ?']);
      expect(statementsOf(db, () => ann.save())).toEqual([]);
      ann.limit = new Amount(50); // another object with the same value
      expect(statementsOf(db, () => ann.save())).toEqual([]);
      expect(Account.filter({ id: made.id }).update({ balance: new Amount(300) })).toBe(1);
      expect(db.all(sql`SELECT balance, bonus, fee, "limit" FROM accounts`)).toEqual([
        { balance: -300, bonus: -5, fee: -7, limit: -50 },
      ]);

      expect(cents(ann.reload())).toEqual([300, 5, 7, 50]);
      expect(Account.all().map(cents)).toEqual([[300, 5, 7, 50]]);
      expect([...Account.query().iterate()].map(cents)).toEqual([[300, 5, 7, 50]]);
      expect(Account.query().page({ size: 1 }).rows.map(cents)).toEqual([[300, 5, 7, 50]]);
      expect(Account.fromSql(sql`SELECT * FROM accounts`).map(cents)).toEqual([[300, 5, 7, 50]]);
      expect(Account.query().pluck('balance')[0]!.cents).toBe(300);
      expect(Account.query().select('limit').first()!.limit!.cents).toBe(50);
      const { fee } = Account.query()
        .select({ fee: true, twice: sql<number>`fee * 2` })
        .one();
      expect(fee.cents).toBe(7);
      expect(
        Account.query()
          .select({ same: columns(Account).fee })
          .one().same.cents,
      ).toBe(7);

      const [updated] = Account.filter({ id: 1 })
        .returning()
        .update({ bonus: new Amount(6) });
      expect(cents(updated!)).toEqual([300, 6, 7, 50]);
      const [deleted] = Account.filter({ id: 1 }).returning('bonus', 'limit').delete();
      expect([deleted!.bonus.cents, deleted!.limit!.cents]).toEqual([6, 50]);
    });

    it('is applied to the value of every condition', async () => {
      const db = await open({ models: [Account] });
      for (const amount of [10, 20, 30]) Account.create({ owner: `${amount}`, balance: new Amount(amount) });
      const [ten, twenty, thirty] = [new Amount(10), new Amount(20), new Amount(30)];
      const found = (balance: never) => Account.filter({ balance }).orderBy('id').pluck('owner');

      expect(found(twenty as never)).toEqual(['20']);
      expect(found(eq(twenty) as never)).toEqual(['20']);
      expect(found(ne(twenty) as never)).toEqual(['10', '30']);
      expect(found(oneOf([ten, thirty]) as never)).toEqual(['10', '30']);
      expect(found(noneOf([ten, thirty]) as never)).toEqual(['20']);
      expect(found(not(eq(ten)) as never)).toEqual(['20', '30']);
      // what is compared is what is stored, so the order of these amounts is upside down
      expect(found(gt(twenty) as never)).toEqual(['10']);
      expect(found(gte(twenty) as never)).toEqual(['10', '20']);
      expect(found(lt(twenty) as never)).toEqual(['30']);
      expect(found(lte(twenty) as never)).toEqual(['20', '30']);
      expect(found(between(twenty, ten) as never)).toEqual(['10', '20']);
      expect(Account.query().orderBy('balance').pluck('owner')).toEqual(['30', '20', '10']);
      expect(Account.query().orderBy(desc('balance')).pluck('owner')).toEqual(['10', '20', '30']);
      expect(Account.filter({ limit: null }).count()).toBe(3);

      const event: unknown[] = [];
      const stop = db.onStatement(({ parameters }) => event.push(parameters), { values: true });
      Account.filter({ balance: oneOf([ten, thirty]) }).count();
      stop();
      expect(event).toEqual([[-10n, -30n]]);
    });

    it('is applied to the match of findOrCreate and updateOrCreate, and to the cursor of a page', async () => {
      await open({ models: [Account] });
      const first = Account.findOrCreate({ balance: new Amount(1) }, { owner: 'Ann' });
      expect(Account.findOrCreate({ balance: new Amount(1) }, { owner: 'Bea' }).id).toBe(first.id);
      expect(Account.updateOrCreate({ balance: new Amount(1) }, { bonus: new Amount(9) }).bonus.cents).toBe(9);
      Account.create({ owner: 'Cid', balance: new Amount(2) });
      const byBalance = Account.query().orderBy('balance');
      const { rows, next } = byBalance.page({ size: 1 });
      expect([...rows, ...byBalance.page({ size: 1, after: next }).rows].map(({ owner }) => owner)).toEqual([
        'Cid',
        'Ann',
      ]);
      expect(Account.count()).toBe(2);
    });

    it('of a primary key is applied to findById, save, reload and delete', async () => {
      const Tag = defineModel('tags', { key: column(amountCodec, { primaryKey: true }), name: text() });
      const db = await open({ models: [Tag] });
      Tag.create({ key: new Amount(4), name: 'four' });
      const tag = Tag.findById(new Amount(4) as never)!;
      expect([tag.key.cents, tag.name]).toEqual([4, 'four']);
      expect(Tag.findById({ key: new Amount(5) })).toBeUndefined();
      tag.name = 'Four';
      tag.save();
      expect(tag.reload().name).toBe('Four');
      expect(db.all(sql`SELECT * FROM tags`)).toEqual([{ key: -4, name: 'Four' }]);
      expect(tag.delete()).toBe(true);
      expect(Tag.count()).toBe(0);
    });

    it('that refuses a value is an InvalidValueError with what it threw as the cause, before any SQL', async () => {
      const db = await open({ models: [Account] });
      Account.create({ owner: 'Ann' });
      const ann = Account.findById(1)!;
      const refused = (work: () => unknown) => {
        const error = (() => {
          try {
            work();
          } catch (thrown) {
            return thrown as Error;
          }
        })();
        expect(error).toBeInstanceOf(InvalidValueError);
        expect(error!.message).toBe('Account.balance takes an Amount, not a number.');
        expect(error!.cause).toEqual(new TypeError('no Amount'));
      };
      expect(
        statementsOf(db, () => {
          refused(() => Account.create({ owner: 'x', balance: 1 as never }));
          refused(() => Account.filter({ balance: 1 as never }));
          refused(() => Account.filter({ balance: oneOf([1]) as never }));
          refused(() => Account.filter({ balance: between(1, 2) as never }));
          refused(() => Account.filter({ id: 1 }).update({ balance: 1 as never }));
          refused(() => Object.assign(ann, { balance: 1 }).save());
        }),
      ).toEqual([]);
    });

    it.each([undefined, NaN, Infinity, {}, true, 2n ** 63n, '\uD800', Promise.resolve(1)])(
      'that returns %s is refused, before any SQL',
      async (encoded) => {
        const careless: Codec<string> = { storage: 'TEXT', encode: () => encoded as never, decode: String };
        const Kept = defineModel('kept', { id: id(), value: column(careless) });
        const db = await open({ models: [Kept] });
        if (encoded === true) {
          Kept.create({ value: 'x' });
          expect(db.all(sql`SELECT typeof(value) AS type, value FROM kept`)).toEqual([{ type: 'text', value: '1' }]);
          return;
        }
        expect(statementsOf(db, () => expect(() => Kept.create({ value: 'x' })).toThrow(InvalidValueError))).toEqual(
          [],
        );
      },
    );

    it('is never asked to encode a value that is missing, nor null', async () => {
      const Kept = defineModel('kept', {
        id: id(),
        value: column<string>({ storage: 'TEXT', encode: (value) => String(value), decode: String }),
      });
      const db = await open({ models: [Kept] });
      expect(() => Kept.create({} as never)).toThrow('kept cannot be inserted without value.');
      expect(() => Kept.create({ value: undefined as never })).toThrow('kept cannot be inserted without value.');
      expect(() => Kept.create({ value: null as never })).toThrow(InvalidValueError);
      expect(db.all(sql`SELECT * FROM kept`)).toEqual([]);
    });

    it.each(['INTEGER', 'REAL', 'TEXT', 'BLOB', 'ANY'] as const)('can store as %s', async (storage) => {
      const Kept = defineModel('kept', {
        id: id(),
        value: column<Uint8Array | string | number>({
          storage,
          encode: (value) => value,
          decode: (stored) => stored as never,
        }),
      });
      const db = await open({ models: [Kept] });
      const values = {
        INTEGER: [1, -3_000_000_000, Number.MAX_SAFE_INTEGER],
        REAL: [1.5, 1e300],
        TEXT: ['1', '1.0', '0012'],
        BLOB: [Uint8Array.of(1, 2)],
        ANY: [1, 1.5, 3_000_000_000, Number.MIN_SAFE_INTEGER, 'x', '12', Uint8Array.of(3)],
      }[storage];
      for (const value of values) Kept.create({ value });
      expect(Kept.query().orderBy('id').pluck('value')).toEqual(values);
      const types = { string: 'text', object: 'blob' } as Record<string, string>;
      const typeOf = (value: unknown) =>
        types[typeof value] ?? (Number.isInteger(value) && storage !== 'REAL' ? 'integer' : 'real');
      expect(db.all(sql`SELECT typeof(value) AS type FROM kept ORDER BY id`)).toEqual(
        values.map((value) => ({ type: typeOf(value) })),
      );
      const read = Kept.query().orderBy('id').all();
      expect(statementsOf(db, () => read.forEach((each) => each.save()))).toEqual([]);
      for (const value of values) expect(Kept.filter({ value: eq(value) }).count()).toBe(1);
      for (const [index, each] of read.entries()) {
        each.value = values.at(index - 1)!;
        each.save();
      }
      expect(Kept.query().orderBy('id').pluck('value')).toEqual(values.map((_, index) => values.at(index - 1)));
    });

    it('that makes a view of its bytes still sees them change in place', async () => {
      const vector: Codec<Float32Array> = {
        storage: 'BLOB',
        encode: ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength),
        decode: (stored) => new Float32Array((stored as Uint8Array<ArrayBuffer>).buffer),
      };
      const Kept = defineModel('kept', { id: id(), value: column(vector) });
      const db = await open({ models: [Kept] });
      const made = Kept.create({ value: Float32Array.of(1, 2) });
      made.value[0] = 3;
      expect(statementsOf(db, () => made.save())).toEqual(['UPDATE "kept" SET "value" = ? WHERE "id" = ?']);
      const read = Kept.findById(1)!;
      expect([...read.value]).toEqual([3, 2]);
      read.value[1] = 4;
      expect(statementsOf(db, () => read.save())).toEqual(['UPDATE "kept" SET "value" = ? WHERE "id" = ?']);
      expect(statementsOf(db, () => read.save())).toEqual([]);
      expect([...Kept.findById(1)!.value]).toEqual([3, 4]);
    });
  });
});
