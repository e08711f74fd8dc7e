import { expect, it } from 'vitest';
import { drivers, statementsOf } from '../open-database.js';
import { Model, table, id, integer, validate, text, type Generated } from 'litemodel';
@table('entries') class Entry extends Model {
  @id() id!: Generated<number>;
  @integer() journalId!: number;
  @integer() amount!: number;
  @validate({ at: 'commit' }) balances() {
    const all = Entry.filter({ journalId: this.journalId }).pluck('amount');
    if (all.reduce((a, b) => a + b, 0) !== 0) return { path: 'amount', message: 'must sum up to 0' };
    return undefined;
  }
}
it('commit', async () => {
  const db = await drivers[0]!.open({ models: [Entry] });
  expect(() => Entry.create({ journalId: 1, amount: 5 })).toThrow('must sum up');
  expect(Entry.count()).toBe(0);
  console.log(statementsOf(db, () => db.transaction(() => { Entry.create({ journalId: 1, amount: 5 }); Entry.create({ journalId: 1, amount: -5 }); })));
});
