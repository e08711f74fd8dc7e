/** Uses a file in worker threads and then has nothing more to do: it ends by itself, closed or not. */
import { sql } from 'litemodel';
import { open } from 'litemodel/better-sqlite3';

const [path, script, how] = process.argv.slice(2) as [string, string, string];

const db = await open(path, { workers: { readers: 1, script: new URL(script) } });
await db.execute('CREATE TABLE IF NOT EXISTS t (n INTEGER)');
await db.run(sql`INSERT INTO t VALUES (1)`);
console.log(JSON.stringify(await db.all(sql`SELECT count(*) AS n FROM t`)));
if (how === 'closed') await db.close();
if (how === 'with a transaction open') {
  const tx = await db.begin();
  await tx.run(sql`INSERT INTO t VALUES (2)`);
}
if (how === 'while a write runs') {
  // whoever waits for an answer gets it, though nothing else keeps the program alive
  const slow = sql`WITH RECURSIVE x (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM x WHERE i < 500000) SELECT max(i) FROM x`;
  void db.run(sql`INSERT INTO t SELECT (${slow})`).then(() => console.log('written'));
}
