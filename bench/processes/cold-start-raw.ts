import Database from 'better-sqlite3';

const database = new Database(process.argv[2]);
database.pragma('journal_mode = WAL');
database.pragma('synchronous = NORMAL');
database.pragma('foreign_keys = ON');
const row = database.prepare<[number], { id: number; name: string }>('SELECT * FROM items WHERE id = ?').get(7);
if (row?.name !== 'Item number 7') throw new Error('This is not item 7.');
database.close();
