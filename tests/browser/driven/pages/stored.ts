import { id, Model, sql, table, text, type Generated, type OrmError } from 'litemodel';
import { indexedDb, open, opfs, type StoredDatabase, type StoreOptions } from 'litemodel/sqljs';
import initSqlJs from 'sql.js';
import sqlJsFile from 'sql.js/dist/sql-wasm.wasm?url';

/* A page with a database of sql.js, which the tests drive through `lab`. */

@table('notes')
class Note extends Model {
  @id() id!: Generated<number>;
  @text() title!: string;
}

const storages = { opfs: opfs(), indexedDb: indexedDb() };
const locateFile = () => sqlJsFile;

/** What can be told over the border of the page about an error. */
export interface Failure {
  readonly name: string;
  readonly message: string;
}

const failureOf = ({ name, message }: Error): Failure => ({ name, message });

const lab = {
  Note,
  sql,
  db: undefined as unknown as StoredDatabase,
  /** What the database could not be saved for. */
  saveErrors: [] as string[],
  titles: () => Note.query().orderBy('id').pluck('title'),
  async open(storage: keyof typeof storages, name: string, options: StoreOptions = {}): Promise<string[]> {
    this.db = await open(name, {
      storage: storages[storage],
      models: [Note],
      locateFile,
      onSaveError: (error: unknown) => this.saveErrors.push((error as OrmError).name),
      ...options,
    });
    return this.titles();
  },
  /** What an act fails with. */
  failure: (act: Promise<unknown>): Promise<Failure | undefined> => act.then(() => undefined, failureOf),
  /** A text that nothing makes shorter. */
  incompressible(length: number): string {
    const bytes = new Uint8Array(length / 2);
    for (let at = 0; at < bytes.length; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  },
  /** Adds note after note, and tells of each when it is certainly saved. */
  async addForever(tell: (saved: number) => void): Promise<void> {
    for (;;) {
      const { id: saved } = Note.create({ title: 'one more' });
      await this.db.flush();
      tell(saved);
    }
  },
  /** What SQLite says of the database, how many notes there are, and the last one. */
  check: () => {
    const [found] = lab.db.all<{ state: string; n: number; last: number }>(
      sql`SELECT (SELECT group_concat(integrity_check) FROM pragma_integrity_check) AS state, count(*) AS n, max(id) AS last FROM notes`,
    );
    return found!;
  },
  /** Lets this page have locks that others have. */
  ignoreLocks() {
    navigator.locks.request = (async (_name: string, _options: object, use: (lock: object) => unknown) =>
      await use({})) as typeof navigator.locks.request;
  },
  /** What is in the directory of the images. */
  async files(): Promise<string[]> {
    const directory = await (await navigator.storage.getDirectory()).getDirectoryHandle('litemodel-images');
    const names: string[] = [];
    for await (const name of directory.keys()) names.push(name);
    return names.sort();
  },
  /** sql.js and a file, as its documentation puts them together. */
  plain: {
    database: undefined as unknown as InstanceType<Awaited<ReturnType<typeof initSqlJs>>['Database']>,
    async load(): Promise<void> {
      const SQL = await initSqlJs({ locateFile });
      const file = await (await plainFile()).getFile();
      this.database = new SQL.Database(new Uint8Array(await file.arrayBuffer()));
      this.database.run('CREATE TABLE IF NOT EXISTS notes (title TEXT)');
    },
    async add(title: string): Promise<void> {
      this.database.run('INSERT INTO notes VALUES (?)', [title]);
      const writable = await (await plainFile()).createWritable();
      await writable.write(this.database.export() as Uint8Array<ArrayBuffer>);
      await writable.close();
    },
    titles: () => lab.plain.database.exec('SELECT title FROM notes')[0]?.values.flat(),
  },
};

const plainFile = async (): Promise<FileSystemFileHandle> =>
  await (await navigator.storage.getDirectory()).getFileHandle('plain.db', { create: true });

export type Lab = typeof lab;

Object.assign(globalThis, { lab });
