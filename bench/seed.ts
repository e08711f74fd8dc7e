import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { open } from 'litemodel/better-sqlite3';
import { makeItems } from './item.js';
import type { ItemModel } from './models.js';
import { RawItems } from './raw.js';

/** A file with so many items in the folder, made once: the table is ours, the rows are inserted by hand-written code. */
export function seedFile(folder: string, count: number, Item: ItemModel): string {
  const path = join(folder, `seed-${count}.db`);
  if (existsSync(path)) return path;
  open(path, { models: [Item] }).close();
  const items = new RawItems(path);
  items.insertMany(makeItems(count));
  items.database.close(); // the last connection takes the WAL into the file
  return path;
}

/** A copy of a seed for one contender alone. */
export function ownCopy(folder: string, seed: string, contender: string): string {
  const path = join(folder, `${contender}.db`);
  copyFileSync(seed, path);
  return path;
}
