import Database from 'better-sqlite3';
import type { Attributes, NewItem, PlainItem } from './item.js';

/** A row as better-sqlite3 gives it. */
interface ItemRow {
  id: number;
  name: string;
  category: string;
  note: string | null;
  quantity: number;
  price: number;
  active: number;
  created_at: string;
  attributes: string;
}

const toItem = (row: ItemRow): PlainItem => ({
  id: row.id,
  name: row.name,
  category: row.category,
  note: row.note,
  quantity: row.quantity,
  price: row.price,
  active: row.active === 1,
  createdAt: new Date(row.created_at),
  attributes: JSON.parse(row.attributes) as Attributes,
});

/** The program that somebody would write by hand: statements prepared once, rows mapped to objects. */
export class RawItems {
  readonly database: Database.Database;
  readonly #insert: Database.Statement;
  readonly #byId: Database.Statement<[number], ItemRow>;
  readonly #all: Database.Statement<[], ItemRow>;
  readonly #dearest: Database.Statement<[string, number, number], ItemRow>;
  readonly #setQuantity: Database.Statement;
  readonly #deleteCategory: Database.Statement;
  readonly #insertMany: (items: readonly NewItem[]) => number;

  constructor(path: string) {
    this.database = openLikeOurs(path);
    const columns = 'id, name, category, note, quantity, price, active, created_at, attributes';
    this.#insert = this.database.prepare(
      `INSERT INTO items (name, category, note, quantity, price, active, created_at, attributes)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#byId = this.database.prepare(`SELECT ${columns} FROM items WHERE id = ?`);
    this.#all = this.database.prepare(`SELECT ${columns} FROM items`);
    this.#dearest = this.database.prepare(
      `SELECT ${columns} FROM items WHERE category = ? AND active = ? AND price >= ? ORDER BY price DESC, id LIMIT 20`,
    );
    this.#setQuantity = this.database.prepare('UPDATE items SET quantity = ? WHERE id = ?');
    this.#deleteCategory = this.database.prepare('DELETE FROM items WHERE category = ?');
    this.#insertMany = this.database.transaction((items: readonly NewItem[]) => {
      let last = 0;
      for (const item of items) last = this.insert(item);
      return last;
    });
  }

  insert(item: NewItem): number {
    const { lastInsertRowid } = this.#insert.run(
      item.name,
      item.category,
      item.note,
      item.quantity,
      item.price,
      item.active ? 1 : 0,
      item.createdAt.toISOString(),
      JSON.stringify(item.attributes),
    );
    return Number(lastInsertRowid);
  }

  insertMany(items: readonly NewItem[]): number {
    return this.#insertMany(items);
  }

  findById(id: number): PlainItem | undefined {
    const row = this.#byId.get(id);
    return row && toItem(row);
  }

  all(): PlainItem[] {
    return this.#all.all().map(toItem);
  }

  visitEach(visit: (item: PlainItem) => void): void {
    for (const row of this.#all.iterate()) visit(toItem(row));
  }

  dearest(category: string, active: boolean, price: number): PlainItem[] {
    return this.#dearest.all(category, active ? 1 : 0, price).map(toItem);
  }

  setQuantity(id: number, quantity: number): void {
    this.#setQuantity.run(quantity, id);
  }

  deleteCategory(category: string): number {
    return this.#deleteCategory.run(category).changes;
  }
}

/** Every pragma that `open` of litemodel sets, at its default. */
export function openLikeOurs(path: string): Database.Database {
  const database = new Database(path);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = NORMAL');
  database.pragma('foreign_keys = ON');
  database.pragma('recursive_triggers = ON');
  database.pragma('trusted_schema = OFF');
  database.pragma('journal_size_limit = 67108864');
  return database;
}
