import { open } from 'litemodel/better-sqlite3';
import { sql, type OpenOptions } from 'litemodel';

/** The texts of every table and index that models make, as SQLite keeps them. */
export function ddlOf(models: OpenOptions['models']): string[] {
  const database = open(':memory:', { alias: 'ddl', models: models ?? [] });
  try {
    const rows = database.all<{ sql: string | null }>(sql`SELECT sql FROM sqlite_schema ORDER BY rowid`);
    return rows.map((row) => row.sql ?? '');
  } finally {
    database.close();
  }
}
