import { beforeEach, describe, expect, it } from 'vitest';
import {
  and,
  between,
  contains,
  eq,
  glob,
  gt,
  id,
  InvalidValueError,
  json,
  like,
  Model,
  ne,
  noneOf,
  not,
  oneOf,
  OrmError,
  or,
  QueryError,
  scope,
  sql,
  table,
  text,
  UnconditionalWriteError,
  UndefinedConditionError,
  UnknownFieldError,
  type Database,
  type Generated,
  type Where,
} from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';

interface Settings {
  theme?: string;
  tags?: string[];
  deep?: { deeper?: { deepest?: number | null } };
}

@table('accounts')
class Account extends Model {
  @id() id!: Generated<number>;
  @text() email!: string;
  @text({ nullable: true }) role!: string | null;
  @json<Settings>({ default: {} }) settings!: Generated<Settings>;
}

/** What a caller without types, or with wrong ones, may pass for conditions. */
const unchecked = (where: unknown) => where as Where<Account>;

const nothing = undefined as never;
class Money {
  amount = 5;
}

/** Conditions that say less than was meant, by what they throw. */
const refused: Readonly<Record<string, [() => unknown, new (...parameters: never[]) => OrmError]>> = {
  undefined: [() => undefined, UndefinedConditionError],
  null: [() => null, UndefinedConditionError],
  'an undefined field': [() => ({ id: undefined }), UndefinedConditionError],
  'an undefined field beside another': [() => ({ id: 1, role: undefined }), UndefinedConditionError],
  'eq(undefined)': [() => ({ id: eq(undefined) }), UndefinedConditionError],
  'ne(undefined)': [() => ({ id: ne(undefined) }), UndefinedConditionError],
  'gt(undefined)': [() => ({ id: gt(undefined) }), UndefinedConditionError],
  'gt(null)': [() => ({ id: gt(null) }), UndefinedConditionError],
  'between undefined': [() => ({ id: between(1, undefined) }), UndefinedConditionError],
  'between null': [() => ({ id: between(null, 5) }), UndefinedConditionError],
  'not(eq(undefined))': [() => ({ id: not(eq(undefined)) }), UndefinedConditionError],
  'not(undefined)': [() => not(nothing), UndefinedConditionError],
  'not({})': [() => not<Account>({}), UndefinedConditionError],
  'not({ undefined })': [() => not<Account>({ id: nothing }), UndefinedConditionError],
  'oneOf(undefined)': [() => ({ id: oneOf(nothing) }), UndefinedConditionError],
  'oneOf([undefined])': [() => ({ id: oneOf([undefined]) }), UndefinedConditionError],
  'oneOf([1, undefined])': [() => ({ id: oneOf([1, undefined]) }), UndefinedConditionError],
  'noneOf(undefined)': [() => ({ id: noneOf(nothing) }), UndefinedConditionError],
  'noneOf([undefined])': [() => ({ id: noneOf([undefined]) }), UndefinedConditionError],
  'oneOf of a string': [() => ({ role: oneOf('admin' as never) }), UndefinedConditionError],
  'or()': [() => or(), UndefinedConditionError],
  'or({})': [() => or<Account>({}), UndefinedConditionError],
  'or(undefined)': [() => or<Account>({ id: 1 }, nothing), UndefinedConditionError],
  'or({ undefined })': [() => or<Account>({ id: 1 }, { role: nothing }), UndefinedConditionError],
  'and()': [() => and(), UndefinedConditionError],
  'and({})': [() => and<Account>({ id: 1 }, {}), UndefinedConditionError],
  'and(undefined)': [() => and<Account>({ id: 1 }, nothing), UndefinedConditionError],
  'a list in or': [() => or([{ id: 1 }] as never), QueryError],
  'deep in and, or, not': [() => and<Account>(or({ id: 1 }, not({ role: nothing }))), UndefinedConditionError],
  'undefined in JSON': [() => ({ settings: { theme: undefined } }), UndefinedConditionError],
  'undefined deep in JSON': [
    () => ({ settings: { deep: { deeper: { deepest: undefined } } } }),
    UndefinedConditionError,
  ],
  '{} on JSON': [() => ({ settings: {} }), UndefinedConditionError],
  '{} deep in JSON': [() => ({ settings: { theme: 'x', deep: { deeper: {} } } }), UndefinedConditionError],
  'undefined in a JSON list': [() => ({ settings: { tags: ['a', undefined] } }), UndefinedConditionError],
  'undefined in a JSON value': [() => ({ settings: eq({ theme: undefined }) }), UndefinedConditionError],
  'NaN in a JSON value': [() => ({ settings: eq({ size: Number.NaN }) }), InvalidValueError],
  'NaN in JSON': [() => ({ settings: { size: Number.NaN } }), InvalidValueError],
  'a bigint in JSON': [() => ({ settings: { size: 1n } }), InvalidValueError],
  'a condition in a JSON list': [() => ({ settings: { tags: [like('%')] } }), InvalidValueError],
  'a class in JSON': [() => ({ settings: { theme: new Map([['a', 1]]) } }), InvalidValueError],
  'or() in JSON': [() => ({ settings: or<Account>({ id: 1 }) }), QueryError],
  'not() beside a key of JSON': [() => ({ settings: { theme: 'x', ...not<Account>({ id: 1 }) } }), QueryError],
  'or() on a field': [() => ({ role: or<Account>({ id: 1 }) }), InvalidValueError],
  'contains(undefined)': [() => ({ role: contains(nothing) }), UndefinedConditionError],
  'contains(null)': [() => ({ role: contains(null as never) }), QueryError],
  'like(undefined)': [() => ({ role: like(nothing) }), UndefinedConditionError],
  'glob(undefined)': [() => ({ role: glob(nothing) }), UndefinedConditionError],
  'glob(5)': [() => ({ role: glob(5 as never) }), QueryError],
  NaN: [() => ({ id: Number.NaN }), InvalidValueError],
  Infinity: [() => ({ id: gt(Infinity) }), InvalidValueError],
  'a fraction for an integer': [() => ({ id: 1.5 }), InvalidValueError],
  'a string for an integer': [() => ({ id: '1' }), InvalidValueError],
  'a number for a text': [() => ({ role: 1 }), InvalidValueError],
  'a boolean for a text': [() => ({ role: true }), InvalidValueError],
  'a Date for a text': [() => ({ role: new Date() }), InvalidValueError],
  'an object for a text': [() => ({ role: { length: 5 } }), InvalidValueError],
  'an array for a text': [() => ({ role: ['admin'] }), QueryError],
  'an empty array for a text': [() => ({ role: [] }), QueryError],
  'a function': [() => ({ role: () => 'admin' }), InvalidValueError],
  'a symbol': [() => ({ role: Symbol('admin') }), InvalidValueError],
  'a model': [() => ({ id: Account }), QueryError],
  'an instance': [() => Account.build({ email: 'x' }), QueryError],
  'a class instance': [() => new Money(), QueryError],
  'a class instance as value': [() => ({ role: new Money() }), InvalidValueError],
  'an object that inherits from nothing': [
    () => ({ role: Object.create(Object.create(null) as object) as unknown }),
    InvalidValueError,
  ],
  'an array of conditions': [() => [{ id: 1 }], QueryError],
  'a string of conditions': [() => 'id = 1', QueryError],
  'a number of conditions': [() => 1, QueryError],
  'a function of conditions': [() => () => ({ id: 1 }), QueryError],
  'a Map of conditions': [() => new Map([['id', 1]]), QueryError],
  'an unknown field': [() => ({ emial: 'x' }), UnknownFieldError],
  'an operator-like key': [() => ({ $or: [{ id: 1 }] }), UnknownFieldError],
  'a suffixed key': [() => ({ id__gt: 0 }), UnknownFieldError],
};

describe.each(drivers)('$name', ({ open }) => {
  let db: Database;
  beforeEach(async () => {
    db = await open({ models: [Account] });
    Account.create({ email: 'ann@x.org', role: 'admin', settings: { theme: 'dark', tags: ['a'] } });
    Account.create({ email: 'bob@x.org' });
  });

  describe('DL-15 and SEC-10: conditions that are undefined', () => {
    it('reach every row in plain SQL, where the condition is left out', () => {
      const conditions = (where: Record<string, unknown>) =>
        Object.entries(where)
          .filter(([, value]) => value !== undefined)
          .map(([name, value]) => `${name} = '${String(value)}'`)
          .join(' AND ');
      const where = conditions({ email: undefined });
      expect(db.first(sql`SELECT * FROM accounts ${sql.raw(where && `WHERE ${where}`)}`)).toMatchObject({
        id: 1,
        role: 'admin',
      });
      db.execute(`DELETE FROM accounts ${where && `WHERE ${where}`}`);
      expect(Account.count()).toBe(0);
    });

    it.each(Object.entries(refused))('throw for %s, and run nothing', (label, [where, error]) => {
      const attempts = [
        () => Account.filter(unchecked(where())).all(),
        () => Account.filter(unchecked(where())).first(),
        () => Account.filter(unchecked(where())).delete(),
        () => Account.filter(unchecked(where())).update({ role: 'none' }),
        () => Account.filter({ id: 1 }).filter(unchecked(where())).delete(),
        () => Account.filter({ id: oneOf(Account.filter(unchecked(where())).select('id')) }).delete(),
        () =>
          Account.query()
            .use(scope('mine', unchecked(where())))
            .delete(),
        () =>
          Account.query()
            .use(scope('mine', () => unchecked(where())))
            .all(),
      ];
      const statements = statementsOf(db, () => {
        for (const attempt of attempts.slice(0, label === 'a function of conditions' ? -2 : undefined)) {
          expect(attempt).toThrow(error);
        }
      });
      expect(statements).toEqual([]);
      expect(Account.count()).toBe(2);
    });

    it.each(Object.entries(refused))('inside of another throw for %s', (_, [where, error]) => {
      if (error === UndefinedConditionError && where.toString().includes('{}')) return;
      const nested = () => or<Account>({ id: 1 }, unchecked(where()));
      expect(() => Account.filter(nested()).all()).toThrow(error);
      expect(() => Account.filter(not(nested())).delete()).toThrow(error);
      expect(() => Account.filter(and(nested(), not(nested()))).delete()).toThrow(error);
    });

    it('say what is wrong and what to do', () => {
      const message = (where: unknown) => {
        try {
          Account.filter(unchecked(where));
        } catch (error) {
          return (error as OrmError).message;
        }
        return 'nothing was thrown';
      };
      expect(message({ id: undefined })).toBe(
        'The condition on Account.id is undefined, which would match every row. Leave the field out, or use isNull().',
      );
      expect(message(undefined)).toBe(
        'The conditions on Account are undefined, which would match every row. Leave the filter out when all rows are meant.',
      );
      expect(message({ settings: {} })).toBe(
        'The condition on Account.settings is an empty object, which every row would meet. ' +
          'Name a key of the JSON, or compare the whole with eq({}).',
      );
      expect(message({ settings: { deep: { deeper: undefined } } })).toBe(
        'The condition on Account.settings.deep.deeper is undefined, which would match every row. ' +
          'Leave the field out, or use isNull().',
      );
      expect(message({ role: ['admin'] })).toBe(
        'Account.role is compared with an array. For one of several values use oneOf([…]).',
      );
      expect(message({ role: { $ne: null } })).toBe(
        'Account.role takes a string without half surrogate pairs, or null, not an object.',
      );
      expect(message([{ id: 1 }])).toBe(
        'Conditions on Account are an object of its fields, not an array. Write { field: value }, or(…), and(…), not(…) or sql`…`.',
      );
      expect(message(or<Account>({ id: 1 }, {}))).toBe('An empty condition inside or() would match every row.');
    });

    it('never find the first account for a key that is undefined', () => {
      for (const key of [undefined, null, Number.NaN, '1', {}, [], { id: undefined }, true, new Date(), Symbol('1')]) {
        expect(() => Account.findById(key as never)).toThrow(OrmError);
      }
      for (const match of [{}, undefined, null, { email: undefined }, { id: undefined, email: 'ann@x.org' }]) {
        expect(() => Account.findOrCreate(match as never)).toThrow();
        expect(() => Account.updateOrCreate(match as never, { role: 'none' })).toThrow();
      }
      expect(Account.count()).toBe(2);
    });
  });

  describe('a write without a condition', () => {
    it.each([
      ['no filter', () => Account.query()],
      ['an empty filter', () => Account.filter({})],
      ['a limit alone', () => Account.query().limit(1)],
      ['an order alone', () => Account.query().orderBy('id')],
      ['an empty scope', () => Account.query().use(scope<Account>('mine', {}))],
      ['a scope that says nothing', () => Account.query().use(scope<Account>('mine', () => ({})))],
    ])('with %s is refused', (_, query) => {
      const hint = (verb: string) => `Add a filter, or say Account.${verb}All() when every row is meant.`;
      const statements = statementsOf(db, () => {
        expect(() => query().delete()).toThrow(UnconditionalWriteError);
        expect(() => query().returning().delete()).toThrow(UnconditionalWriteError);
        expect(() => query().returning('id').update({ role: 'x' })).toThrow(UnconditionalWriteError);
        expect(() => query().update({ role: 'x' })).toThrow(
          `This update has no condition and would reach every row of Account. ${hint('update')}`,
        );
      });
      expect(statements).toEqual([]);
    });

    it('is asked for by name', () => {
      const statements = statementsOf(db, () => {
        expect(Account.updateAll({ role: 'x' })).toBe(2);
        expect(Account.deleteAll()).toBe(2);
      });
      expect(statements).toEqual(['UPDATE "accounts" SET "role" = ?', 'DELETE FROM "accounts"']);
    });

    it('may reach every row by a condition that says so', () => {
      expect(Account.filter({ id: noneOf([]) }).delete()).toBe(2);
    });
  });

  it('refuses an update that sets a field to undefined, to nothing, or to something else than its column holds', () => {
    const update = (changes: unknown) => () => Account.filter({ id: 1 }).update(changes as never);
    expect(update({ role: undefined })).toThrow(
      'The update sets Account.role to undefined. Leave it out, or set it to null.',
    );
    expect(update({})).toThrow('The update of Account names no field. Say what to change: update({ … }).');
    expect(update({ rol: 'x' })).toThrow('Account has no field "rol". Did you mean "role"?');
    expect(update({ role: 5 })).toThrow(InvalidValueError);
    expect(update({ role: like('%') })).toThrow(InvalidValueError);
    expect(update({ email: null })).toThrow(InvalidValueError);
    expect(Account.findById(1)).toMatchObject({ email: 'ann@x.org', role: 'admin' });
  });

  describe('SEC-04: objects instead of values', () => {
    it('from JSON.parse are never operators', () => {
      for (const value of [
        '{"$ne":null}',
        '{"gt":""}',
        '{"comparison":{"kind":"isNull","negated":true}}',
        '{"toString":1}',
      ]) {
        const where = { email: JSON.parse(value) as string };
        expect(() => Account.filter(where).all()).toThrow(InvalidValueError);
        expect(() => Account.filter({ id: oneOf([JSON.parse(value) as number]) }).all()).toThrow(InvalidValueError);
        expect(() => Account.filter({ id: gt(JSON.parse(value) as number) }).all()).toThrow(InvalidValueError);
      }
      const copied = { ...like('%') } as never;
      expect(() => Account.filter({ email: copied })).toThrow(InvalidValueError);
      expect(() => Account.filter({ email: structuredClone({ ...or<Account>({ id: 1 }) }) as never })).toThrow(
        InvalidValueError,
      );
    });

    it.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'save', '$where', '', 'id; --'])(
      'refuse %j as a field',
      (name) => {
        const where = JSON.parse(`{ ${JSON.stringify(name)}: { "id": 1 } }`) as never;
        expect(() => Account.filter(where).delete()).toThrow(`Account has no field "${name}".`);
        expect(() => Account.filter(or<Account>({ id: 1 }, where)).delete()).toThrow(UnknownFieldError);
        expect(() => Account.query().orderBy(name as never)).toThrow(UnknownFieldError);
        expect(() => Account.query().select(name as never)).toThrow(UnknownFieldError);
        expect(() => Account.query().pluck(name as never)).toThrow(UnknownFieldError);
        expect(() => Account.filter({ id: 1 }).update(JSON.parse(`{ ${JSON.stringify(name)}: 1 }`) as never)).toThrow(
          UnknownFieldError,
        );
        expect(({} as { id?: number }).id).toBeUndefined();
      },
    );

    it('are data on a JSON column, whatever their keys are called', () => {
      const account = Account.create({
        email: 'c',
        settings: JSON.parse('{"__proto__":{"theme":"x"},"$ne":1}') as Settings,
      });
      const found = (where: string) => Account.filter(JSON.parse(where) as never).pluck('id');
      expect(found('{"settings":{"$ne":1}}')).toEqual([account.id]);
      expect(found('{"settings":{"$ne":null}}')).toEqual([1, 2]);
      expect(found('{"settings":{"__proto__":{"theme":"x"}}}')).toEqual([account.id]);
      expect(found('{"settings":{"constructor":null}}')).toEqual([1, 2, account.id]);
    });
  });

  it('names the field that was probably meant', () => {
    const message = (field: string) => () => Account.filter({ [field]: 1 });
    expect(message('emial')).toThrow('Account has no field "emial". Did you mean "email"?');
    expect(message('Settings')).toThrow('Account has no field "Settings". Did you mean "settings"?');
    expect(message('xyzzy')).toThrow('Account has no field "xyzzy". There are: id, email, role, settings.');
    for (const name of [undefined, null, 5, Symbol('id'), {}, []] as never[]) {
      expect(() => Account.query().pluck(name)).toThrow(UnknownFieldError);
      expect(() => Account.query().orderBy([name, 'asc'])).toThrow(UnknownFieldError);
    }
    for (const term of [
      undefined,
      null,
      5,
      {},
      [],
      ['id'],
      ['id', 'asc', 1],
      ['id', 'ASC'],
      ['id', 'asc; DROP TABLE x'],
    ] as never[]) {
      expect(() => Account.query().orderBy(term)).toThrow(QueryError);
    }
  });
});
