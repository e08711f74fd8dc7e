/**
 * Measures the engines of a browser in Chromium, beside sql.js in memory as somebody would use it by hand:
 * `npx tsx bench/browser/main.ts`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';
import { chromium } from 'playwright';
import { createServer } from 'vite';
import { chromium as launchOptions } from '../../tests/browser/chromium.js';
import { compilation } from '../../vitest.config.js';
import type { Figures, Workload } from './worker.js';

/** How much of the time of sql.js by hand a database on OPFS may take. */
const goals: Partial<Record<Workload, number>> = {
  'insert 10,000 rows in one transaction': 1.5,
  'get 10,000 rows, each by itself': 0.5,
};

const standard = 'sql.js in memory, by hand';

const figures = await measure();
for (const [engine, workloads] of Object.entries(figures)) {
  const table = new Table({
    head: [engine, 'ms', 'ratio to sql.js by hand', 'goal'],
    colAligns: ['left', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  for (const [name, times] of Object.entries(workloads) as [Workload, number[]][]) {
    const ratios = times.map((time, round) => time / figures[standard]![name][round]!);
    const goal = engine.endsWith('OPFS') && goals[name] !== undefined ? `<= ${goals[name]}` : '';
    table.push([name, median(times).toFixed(1), spread(ratios), goal]);
  }
  console.log(table.toString());
}

async function measure(): Promise<Figures> {
  const server = await createServer({
    ...compilation,
    configFile: false,
    root: fileURLToPath(new URL('.', import.meta.url)),
    server: { fs: { allow: [fileURLToPath(new URL('../..', import.meta.url))] } },
    worker: { format: 'es' },
    optimizeDeps: { exclude: ['@sqlite.org/sqlite-wasm'], include: ['sql.js'] },
    logLevel: 'error',
  });
  await server.listen();
  // a context that keeps nothing has its files in another process, and asks for each read and write
  const profile = mkdtempSync(join(tmpdir(), 'litemodel-'));
  const browser = await chromium.launchPersistentContext(profile, launchOptions);
  try {
    const page = await browser.newPage();
    await page.goto(server.resolvedUrls!.local[0]!);
    return await page.evaluate(() => (globalThis as unknown as { measured: Promise<Figures> }).measured);
  } finally {
    await browser.close();
    await server.close();
    rmSync(profile, { recursive: true, force: true });
  }
}

function spread(ratios: readonly number[]): string {
  return `${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)})`;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}
