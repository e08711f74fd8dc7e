import { gte, type Database } from 'litemodel';
import { open } from 'litemodel/better-sqlite3';
import { blogWorkloads } from './blog-workloads.js';
import { categoryName, itemsPerCategory, makeItems, type PlainItem } from './item.js';
import { unitOfWork } from './library.js';
import type { Item as ItemInstance, ItemModel } from './models.js';
import { RawItems } from './raw.js';
import type { Contender, Workload } from './workload.js';

const checkpoint = 'PRAGMA wal_checkpoint(RESTART)';

/** Opens the file of a contender; what is returned closes it, and runs scripts that are not timed. */
function openRaw(path: string) {
  const items = new RawItems(path);
  return { items, script: (text: string) => void items.database.exec(text), close: () => void items.database.close() };
}

function openOurs(path: string, Item: ItemModel) {
  const database: Database = open(path, { models: [Item] });
  return { database, script: (text: string) => database.execute(text), close: () => database.close() };
}

const rows = 10_000;

/** Inserts are taken back before each batch, so that every one meets the same table. */
const forgetInserts = `DELETE FROM items WHERE id > ${rows}; ${checkpoint}`;

const newItems = makeItems(1000, rows + 1, rows / itemsPerCategory);

const insertOne: Workload = {
  name: 'insert one, autocommit',
  goal: 1.05,
  rows,
  calls: 300,
  raw(path) {
    const { items, script, close } = openRaw(path);
    return { prepare: () => script(forgetInserts), call: (index) => items.insert(newItems[index]!), close };
  },
  ours(path, Item) {
    const { script, close } = openOurs(path, Item);
    return { prepare: () => script(forgetInserts), call: (index) => Item.create(newItems[index]!).id, close };
  },
};

const insertInTransaction: Workload = {
  name: 'insert one, in a transaction of 1,000',
  goal: 1.25,
  rows,
  calls: 1,
  operations: newItems.length,
  raw(path) {
    const { items, script, close } = openRaw(path);
    return { prepare: () => script(forgetInserts), call: () => items.insertMany(newItems), close };
  },
  ours(path, Item) {
    const { database, script, close } = openOurs(path, Item);
    const insertMany = () =>
      database.transaction(() => {
        let last = 0;
        for (const item of newItems) last = Item.create(item).id;
        return last;
      });
    return { prepare: () => script(forgetInserts), call: insertMany, close };
  },
};

/** Visits every key once, in no order that a cache would like. */
const scatteredKey = (index: number): number => ((index * 7919) % rows) + 1;

const getByKey: Workload = {
  name: 'get by primary key',
  goal: 1.15,
  rows,
  calls: 2000,
  raw(path) {
    const { items, close } = openRaw(path);
    return { call: (index) => items.findById(scatteredKey(index)), close };
  },
  ours(path, Item) {
    const { close } = openOurs(path, Item);
    return { call: (index) => Item.findById(scatteredKey(index)), close };
  },
};

const load = (count: number, goal: number | undefined, compiled?: Workload['compiled']): Workload => ({
  name: `load ${count.toLocaleString('en')}${compiled === undefined ? '' : `, ${compiled} decorators`}`,
  goal,
  rows: count,
  calls: 1,
  ...(compiled === undefined ? {} : { compiled }),
  raw(path) {
    const { items, close } = openRaw(path);
    return { call: () => items.all(), close };
  },
  ours(path, Item) {
    const { close } = openOurs(path, Item);
    return { call: () => Item.query().all(), close };
  },
});

const filterOrderLimit: Workload = {
  name: 'filter, order, limit 20',
  goal: 0.95,
  rows,
  calls: 100,
  raw(path) {
    const { items, close } = openRaw(path);
    return { call: (index) => items.dearest(categoryName(index % 100), true, 10), close };
  },
  ours(path, Item) {
    const { close } = openOurs(path, Item);
    const dearest = (category: string) =>
      Item.filter({ category, active: true, price: gte(10) })
        .orderBy(['price', 'desc'], 'id')
        .limit(20)
        .all();
    return { call: (index) => dearest(categoryName(index % 100)), close };
  },
};

/** Keeps a copy of the items; what is returned takes back what a batch changed or deleted. */
function restoring(script: (text: string) => void): () => void {
  script('CREATE TEMP TABLE kept AS SELECT * FROM items; CREATE UNIQUE INDEX temp.kept_id ON kept (id)');
  return () => script(restore);
}

const restore = `
UPDATE items SET quantity = kept.quantity FROM kept WHERE kept.id = items.id AND kept.quantity <> items.quantity;
INSERT INTO items SELECT * FROM kept WHERE id NOT IN (SELECT id FROM items);
${checkpoint}`;

const updateOne: Workload = {
  name: 'update one by id, autocommit',
  goal: 1.1,
  rows,
  calls: 300,
  raw(path) {
    const { items, script, close } = openRaw(path);
    const takeBack = restoring(script);
    let loaded: PlainItem[] = [];
    return {
      prepare() {
        takeBack();
        loaded = Array.from({ length: 300 }, (_, index) => items.findById(scatteredKey(index))!);
      },
      call(index) {
        const item = loaded[index]!;
        items.setQuantity(item.id, item.quantity + 1);
      },
      close,
    };
  },
  ours(path, Item) {
    const { script, close } = openOurs(path, Item);
    const takeBack = restoring(script);
    let loaded: ItemInstance[] = [];
    return {
      prepare() {
        takeBack();
        loaded = Array.from({ length: 300 }, (_, index) => Item.findById(scatteredKey(index))!);
      },
      call(index) {
        const item = loaded[index]!;
        item.quantity += 1;
        item.save();
      },
      close,
    };
  },
};

const deleteByCondition: Workload = {
  name: 'delete by condition, 100 rows each',
  goal: 1.05,
  rows,
  calls: 10,
  raw(path) {
    const { items, script, close } = openRaw(path);
    return { prepare: restoring(script), call: (index) => items.deleteCategory(categoryName(index)), close };
  },
  ours(path, Item) {
    const { script, close } = openOurs(path, Item);
    const deleteCategory = (category: string) => Item.filter({ category }).delete();
    return { prepare: restoring(script), call: (index) => deleteCategory(categoryName(index)), close };
  },
};

const stream: Workload = {
  name: 'stream 100,000',
  goal: 0.7,
  rows: 100_000,
  calls: 1,
  raw(path) {
    const { items, close } = openRaw(path);
    const call = () => {
      let sum = 0;
      items.visitEach((item) => (sum += item.quantity));
      return sum;
    };
    const answer = () => {
      const all: PlainItem[] = [];
      items.visitEach((item) => all.push(item));
      return all;
    };
    return { call, answer, close };
  },
  ours(path, Item) {
    const { close } = openOurs(path, Item);
    const call = () => {
      let sum = 0;
      for (const item of Item.query().iterate()) sum += item.quantity;
      return sum;
    };
    return { call, answer: () => [...Item.query().iterate()], close } satisfies Contender;
  },
};

export const workloads: readonly Workload[] = [
  insertOne,
  insertInTransaction,
  getByKey,
  load(1000, 0.92),
  load(10_000, 0.88),
  load(100_000, 0.88),
  filterOrderLimit,
  updateOne,
  deleteByCondition,
  stream,
  ...blogWorkloads,
  unitOfWork,
  load(1000, undefined, 'esbuild'),
  load(1000, undefined, 'legacy'),
];
