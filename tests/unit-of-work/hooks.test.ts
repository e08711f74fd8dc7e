import { describe, expect, it } from 'vitest';
import { id, Model, rules, table, text, validate, ValidationError, type Generated } from 'litemodel';
import { drivers } from '../open-database.js';

@table('guests')
class Guest extends Model {
  @id() id!: Generated<number>;
  @validate(rules.minLength(2)) @text() name!: string;
}

describe.each(drivers)('a unit of work of a model with events and rules on $name', ({ open }) => {
  const opened = async () => {
    const db = await open({ models: [Guest] });
    const heard: string[] = [];
    for (const name of ['afterCreate', 'afterUpdate', 'beforeDelete', 'afterDelete', 'afterCommit'] as const) {
      db.on(name, ({ instance }) => void heard.push(`${name} ${(instance as Guest).name}`));
    }
    return { db, heard };
  };

  it('tells of every row that it writes, and of the commit behind all of them', async () => {
    const { db, heard } = await opened();
    const [ann, bob, eve] = ['Ann', 'Bob', 'Eve'].map((name) => Guest.create({ name }));
    heard.length = 0;
    db.unitOfWork((work) => {
      work.create(Guest, { name: 'Nil' });
      work.add(ann!);
      ann!.name = 'Anna';
      work.delete(bob!);
      work.delete(eve!);
    });
    expect(heard).toEqual([
      'afterCreate Nil',
      'afterUpdate Anna',
      'beforeDelete Eve', // the last one first, as it may refer to the others
      'afterDelete Eve',
      'beforeDelete Bob',
      'afterDelete Bob',
      'afterCommit Nil',
      'afterCommit Anna',
      'afterCommit Eve',
      'afterCommit Bob',
    ]);
    expect(Guest.query().pluck('name')).toEqual(['Anna', 'Nil']);
  });

  it('writes nothing where one row does not meet its rules, or a listener objects', async () => {
    const { db, heard } = await opened();
    expect(() =>
      db.unitOfWork((work) => {
        work.create(Guest, { name: 'Nil' });
        work.create(Guest, { name: 'x' });
      }),
    ).toThrow(ValidationError);
    const kept = Guest.create({ name: 'Kept' });
    const gone = Guest.create({ name: 'Gone' });
    db.on('beforeDelete', (event) => void (event.instance === kept && event.cancel('it is needed')));
    expect(() =>
      db.unitOfWork((work) => {
        work.delete(gone);
        work.delete(kept);
      }),
    ).toThrow('it is needed');
    expect(Guest.query().pluck('name')).toEqual(['Kept', 'Gone']);
    expect(heard.filter((each) => each.startsWith('afterCommit'))).toEqual(['afterCommit Kept', 'afterCommit Gone']);
  });
});
