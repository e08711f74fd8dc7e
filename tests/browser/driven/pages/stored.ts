import { id, Model, sql, table, text, type Generated } from 'litemodel';
import { indexedDb, open, opfs, type StoredDatabase, type StoreOptions } from 'litemodel/sqljs';
import sqlJsFile from 'sql.js/dist/sql-wasm.wasm?url';

@table('notes')
class Note extends Model {
  @id() id!: Generated<number>;
  @text() title!: string;
}

const storages = { opfs, indexedDb };
export type StorageName = keyof typeof storages;

const lab = {
  Note,
  sql,
  db: undefined as unknown as StoredDatabase,
  async open(storage: StorageName, options: StoreOptions = {}) {
    this.db = await open('notes', {
      storage: storages[storage](),
      models: [Note],
      locateFile: () => sqlJsFile,
      ...options,
    });
    return Note.query().pluck('title');
  },
};
export type Lab = typeof lab;
Object.assign(globalThis, { lab });
