/**
 * Moves money between accounts until it is killed, and writes the id of each transfer once that is committed. Each
 * transaction writes five rows of three tables, now and then with a savepoint in it that is rolled back.
 */
import { writeSync } from 'node:fs';
import { open } from 'litemodel/better-sqlite3';
import { open as openImage } from 'litemodel/sqljs';
import type { Database, PragmaOptions } from 'litemodel';
import { Account, accounts, Entry, models, Transfer } from './bank.js';

const [driver, path, seed, options] = process.argv.slice(2) as [string, string, string, string];

let state = Number(seed);
function random(below: number): number {
  state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
  return (state >> 8) % below;
}

function transfer(db: Database): number {
  return db.transaction(() => {
    if (Account.count() === 0) for (let id = 1; id <= accounts; id++) Account.create({ id, balance: 1000 });
    const from = Account.findById(1 + random(accounts))!;
    const to = Account.findById(1 + ((from.id + random(accounts - 1)) % accounts))!;
    const amount = 1 + random(100);
    const made = Transfer.create({ amount, memo: 'm'.repeat(random(3000)) });
    from.balance -= amount;
    from.save();
    Entry.create({ transferId: made.id, accountId: from.id, amount: -amount });
    if (random(4) === 0) {
      try {
        db.transaction(() => {
          Account.filter({ id: to.id }).update({ balance: 0 });
          Entry.create({ transferId: made.id, accountId: to.id, amount: 1 });
          throw new Error('undone');
        });
      } catch {}
    }
    to.balance += amount;
    to.save();
    Entry.create({ transferId: made.id, accountId: to.id, amount });
    return made.id;
  });
}

const image = driver === 'sql.js' ? await openImage(path, { models }) : undefined;
writeSync(1, 'started\n');
const db: Database = image ?? open(path, { ...(JSON.parse(options) as PragmaOptions), models });
db.execute('PRAGMA wal_autocheckpoint = 20'); // so that many die in a checkpoint
for (;;) {
  const made = transfer(db);
  image?.save();
  writeSync(1, `${made}\n`);
}
