import { existsSync } from 'node:fs';
import BetterSqlite3 from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { newPath } from './file.js';
import { accounts } from './programs/bank.js';
import { compileProgram, RunningProgram } from './programs.js';

/** How many processes are killed: `KILLS=500 npx vitest run tests/databases/kills.test.ts` for the whole check. */
const kills = Number(process.env.KILLS ?? 60);

const program = compileProgram('transfer');

const modes = [
  { driver: 'better-sqlite3', name: 'a file in WAL mode', share: 0.4, options: {} },
  {
    driver: 'better-sqlite3',
    name: 'a file in WAL mode, fully synchronous',
    share: 0.15,
    options: { synchronous: 'full' },
  },
  { driver: 'better-sqlite3', name: 'a file with a rollback journal', share: 0.3, options: { journalMode: 'delete' } },
  { driver: 'sql.js', name: 'an image that is saved after each transaction', share: 0.15, options: {} },
] as const;

/** What is wrong in the books, if anything: every sentence is a half transaction, a lost one, or a damaged file. */
function audit(path: string, acknowledged: ReadonlySet<number>): string[] {
  if (!existsSync(path)) return acknowledged.size === 0 ? [] : ['the file is gone'];
  const raw = new BetterSqlite3(path);
  try {
    const rows = (query: string) => raw.prepare<[], unknown[]>(query).raw().all();
    const check = raw.pragma('integrity_check') as { integrity_check: string }[];
    const broken = check.map((row) => row.integrity_check).filter((line) => line !== 'ok');
    const tables = rows(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'`).flat();
    if (tables.length === 0) return [...broken, ...(acknowledged.size === 0 ? [] : ['the tables are gone'])];
    if (tables.length < 3) return [...broken, `only ${tables.join(', ')} were created`];
    const kept = new Set(rows('SELECT id FROM transfers').flat() as number[]);
    const lost = [...acknowledged].filter((id) => !kept.has(id));
    const half = rows(`SELECT t.id FROM transfers t LEFT JOIN entries e ON e.transfer_id = t.id GROUP BY t.id, t.amount
      HAVING count(e.id) <> 2 OR sum(e.amount) <> 0 OR max(e.amount) <> t.amount`);
    const strays = rows('SELECT id FROM entries WHERE transfer_id NOT IN (SELECT id FROM transfers)');
    const wrong = rows(`SELECT id FROM accounts a WHERE balance <>
      1000 + coalesce((SELECT sum(amount) FROM entries WHERE account_id = a.id), 0)`);
    const [[people, money]] = rows('SELECT count(*), coalesce(sum(balance), 0) FROM accounts') as [[number, number]];
    return [
      ...broken,
      ...(lost.length > 0 ? [`committed and lost: ${lost.join(', ')}`] : []),
      ...(half.length > 0 ? [`half written: ${half.join(', ')}`] : []),
      ...(strays.length > 0 ? [`of no transfer: ${strays.join(', ')}`] : []),
      ...(wrong.length > 0 ? [`wrong balance: ${wrong.join(', ')}`] : []),
      ...(people !== 0 && people !== accounts ? [`${people} accounts`] : []),
      ...(money !== people * 1000 ? [`${money} in ${people} accounts`] : []),
    ];
  } finally {
    raw.close();
  }
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Starts a writer, and kills it at any moment: of its start in one case of four, of its work in the others. */
async function runAndKill(driver: string, path: string, options: object): Promise<RunningProgram> {
  const seed = String(Math.floor(Math.random() * 2 ** 31));
  const writer = new RunningProgram(program, [driver, path, seed, JSON.stringify(options)]);
  const wanted = Math.random() < 0.25 ? 1 : 2 + Math.random() * 40;
  const deadline = performance.now() + 2000;
  while (writer.lines.length < wanted && performance.now() < deadline) await pause(2);
  await pause(Math.random() * 10);
  await writer.kill();
  return writer;
}

describe('SIGKILL at any moment', () => {
  it.each(modes)(
    'leaves $name whole, with every transaction that was reported as committed',
    async ({ driver, share, options }) => {
      let path = newPath();
      let acknowledged = new Set<number>();
      let written = 0;
      // two writers at a time on a file; an image has only one
      const together = driver === 'sql.js' ? 1 : 2;
      for (let killed = 0; killed < kills * share; killed += together) {
        const writers = await Promise.all(Array.from({ length: together }, () => runAndKill(driver, path, options)));
        for (const { lines, ended } of writers) {
          expect([await ended, lines.filter((line) => !/^(started|\d+)$/.test(line))]).toEqual(['SIGKILL', []]);
          for (const line of lines.slice(1)) acknowledged.add(Number(line));
        }
        expect(audit(path, acknowledged)).toEqual([]);
        written += writers.reduce((sum, { lines }) => sum + Math.max(0, lines.length - 1), 0);
        if (acknowledged.size < 3000) continue;
        path = newPath();
        acknowledged = new Set();
      }
      expect(written).toBeGreaterThan(kills * share); // they did not die before their work
    },
    600_000,
  );

  it('would be seen: the audit finds a half transaction, a lost one, and a damaged file', async () => {
    const path = newPath();
    const writer = new RunningProgram(program, ['better-sqlite3', path, '1', '{}']);
    while (writer.lines.length < 20) await pause(5);
    await writer.kill();
    const acknowledged = new Set(writer.lines.slice(1).map(Number));
    expect(audit(path, acknowledged)).toEqual([]);
    expect(audit(path, new Set([...acknowledged, 10_000_000]))).toEqual(['committed and lost: 10000000']);
    const raw = new BetterSqlite3(path);
    raw.exec('UPDATE accounts SET balance = balance + 1 WHERE id = 3');
    expect(audit(path, acknowledged)).toEqual(['wrong balance: 3', '8001 in 8 accounts']);
    raw.exec('UPDATE accounts SET balance = balance - 1 WHERE id = 3; DELETE FROM entries WHERE id = 1');
    expect(audit(path, acknowledged)).toEqual(['half written: 1', expect.stringMatching(/^wrong balance: \d$/)]);
    raw.close();
  });
});
