import { expect, it } from 'vitest';
import { bigint, ForbiddenError, id, integer, Model, subtype, table, text, type Generated } from 'litemodel';
import { allow } from 'litemodel/electron-main';
import { openMain, openWindow } from '../electron/window.js';

@table('accounts', { discriminator: 'kind' })
abstract class Account extends Model {
  @id() id!: Generated<number>;
  @text({ hidden: true, nullable: true }) secret!: string | null;
  @text() name!: string;
}

@subtype('person')
class Person extends Account {
  @integer() age!: number;
}

@subtype('company')
class Company extends Account {
  @bigint() worth!: bigint;
}

const models = [Account];

function openFilled() {
  const db = openMain({ models });
  Person.using(db).create({ name: 'Ann', secret: 'x', age: 40 });
  Company.using(db).create({ name: 'Acme', worth: 10n ** 17n });
  return db;
}

it('gives a window every subtype, without what is hidden', async () => {
  const { window } = await openWindow(openFilled(), { models: [allow(Account, ['read', 'update'])] }, { models });
  const [ann, acme] = await Account.using(window).query().orderBy('id').all();
  expect([ann, acme].map((each) => each!.constructor)).toEqual([Person, Company]);
  expect([(ann as Person).age, ann!.secret, (acme as Company).worth]).toEqual([40, undefined, 10n ** 17n]);
  (ann as Person).age = 41;
  await ann!.async.save();
  expect(await Person.using(window).filter({ age: 41 }).count()).toBe(1);
});

it('lets a window that was allowed one subtype reach no row of another', async () => {
  const db = openFilled();
  const allowed = { models: [allow(Person, ['create', 'read', 'update', 'delete'])] };
  const { window } = await openWindow(db, allowed, { models });
  expect(await Person.using(window).query().pluck('name')).toEqual(['Ann']);
  await Person.using(window).create({ name: 'Bob', age: 3 });
  expect(await Person.using(window).count()).toBe(2);
  await expect(Account.using(window).all()).rejects.toThrow(ForbiddenError); // it would name columns of others
  expect(await Account.using(window).count()).toBe(2);
  await expect(Company.using(window).create({ name: 'x', worth: 1n })).rejects.toThrow(ForbiddenError);
  expect(await Person.using(window).deleteAll()).toBe(2);
  expect(Account.using(db).query().pluck('name')).toEqual(['Acme']);
});
