import { describe, expect, it } from 'vitest';
import { belongsTo, id, integer, Model, subtype, table, text, type Generated } from 'litemodel';
import { drivers } from '../open-database.js';

@table('animals', { discriminator: 'kind' })
abstract class Animal extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
}

@subtype('dog')
class Dog extends Animal {
  @integer({ nullable: true }) enemyId!: number | null;
  @belongsTo(() => Cat, 'enemyId', { nullable: true }) enemy!: Cat | null;
}

@subtype('cat')
class Cat extends Animal {}

describe.each(drivers)('a unit of work with subtypes on $name', ({ open }) => {
  it('finds rows by their own class and that of the table, and by no other', async () => {
    const db = await open({ models: [Animal] });
    Dog.create({ name: 'Rex', enemyId: null });
    db.unitOfWork((work) => {
      const rex = work.find(Dog, 1)!;
      expect(rex).toBeInstanceOf(Dog);
      expect(work.find(Animal, 1)).toBe(rex);
      expect(work.find(Cat, 1)).toBeUndefined();
    });
  });

  it('refuses to let a relation lead to another subtype', async () => {
    await open({ models: [Animal] });
    const rex = Dog.create({ name: 'Rex', enemyId: null });
    expect(() => (rex.enemy = rex as never)).toThrow('Dog.enemy was assigned something that is no Cat.');
    expect(() => (rex.enemy = 5 as never)).toThrow('Dog.enemy was assigned something that is no Cat.');
    expect([rex.enemyId, rex.enemy]).toEqual([null, null]);
    rex.enemy = Cat.create({ name: 'Tom' });
    expect(rex.enemyId).toBe(2);
  });
});
