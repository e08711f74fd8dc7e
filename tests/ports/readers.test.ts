import { describe, expect, it } from 'vitest';
import { serve, WorkerPool } from '../../src/port/index.js';
import { numbers, openLine, query, Served, type Line } from './open-port.js';

/** A pool with one reader, and the lines to its workers. */
async function openPool(): Promise<{ pool: WorkerPool; lines: Line[] }> {
  const served = new Served();
  const lines: Line[] = [];
  const start = () => {
    const line = openLine();
    serve(line.host, served.database, { isPrompt: true });
    lines.push(line);
    return line.client;
  };
  const options = { readers: 1, queueTimeout: 1000, isReplaceable: true, prepare: () => Promise.resolve() };
  return { pool: await WorkerPool.start({ ...options, start }), lines };
}

/** How many messages the reader is sent for as many reads at once. */
async function messagesFor(count: number, sql: string, timesBefore: number): Promise<number> {
  const { pool, lines } = await openPool();
  for (let time = 0; time < timesBefore; time++) await pool.perform(query(sql, time), 0);
  await pool.perform(query('SELECT 1'), 0); // for which the reader is started
  const reader = lines[1]!.sent.client;
  const before = reader.length;
  const asked = Array.from({ length: count }, (_, number) => number);
  const answers = await Promise.all(asked.map((number) => pool.perform(query(sql, number), 0)));
  expect(answers).toEqual(asked.map((number) => [[number]]));
  return reader.length - before;
}

const slow = numbers(30_000).statement.sql;

describe('reads that wait for a reader', () => {
  it('go to it together where they have been quick for a while', async () => {
    expect(await messagesFor(100, 'SELECT ?', 100)).toBeLessThan(50); // 14, unless the machine stumbles
  });

  it('go one by one where nobody knows how quick they are', async () => {
    expect(await messagesFor(20, 'SELECT ?', 0)).toBe(20);
  });

  it('go one by one where they have not been quick every time', async () => {
    expect(await messagesFor(10, `SELECT ? WHERE (SELECT count(*) FROM (${slow})) > 0`, 20)).toBe(10);
  });
});
