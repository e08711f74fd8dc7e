import { expect, it } from 'vitest';
import { BrowserProcess } from './browser.js';
import type { Lab } from './pages/shared.js';

/* What a database that all tabs share has on the disk when the browser is killed while two of them write. */

declare const lab: Lab;

const rounds = 4;

it('has every commit that was acknowledged, whenever the browser is killed', async () => {
  const browser = await BrowserProcess.start();
  const acknowledged: string[] = [];
  for (let round = 0; round < rounds; round++) {
    const before = acknowledged.length;
    for (const tab of ['a', 'b']) {
      const page = await browser.open('shared.html');
      await page.evaluate(() => lab.open('app.db'));
      await page.exposeFunction('tell', (title: string) => void acknowledged.push(title));
      await page.evaluate(
        (of) => void lab.writeForever(of, (globalThis as unknown as { tell(title: string): void }).tell),
        `${tab}${round}`,
      );
    }
    await expect.poll(() => acknowledged.length - before, { timeout: 10_000, interval: 1 }).toBeGreaterThan(60);
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 50)); // whatever it is doing then
    await browser.kill();
    await browser.restart();
    const page = await browser.open('shared.html');
    await page.evaluate(() => lab.open('app.db'));
    expect(await page.evaluate(() => lab.db.first(lab.sql`PRAGMA integrity_check`))).toEqual({ integrity_check: 'ok' });
    const counts = new Map<string, number>();
    for (const title of await page.evaluate(() => lab.titles())) counts.set(title, (counts.get(title) ?? 0) + 1);
    const isWhole = (title: string) => counts.get(title) === (Number(title.split(' ')[1]) % 3 === 0 ? 2 : 1);
    expect(acknowledged.filter((title) => !isWhole(title))).toEqual([]);
    expect([...counts.keys()].filter((title) => !isWhole(title))).toEqual([]);
    await page.close();
  }
});

it('is there, though the browser was killed between two writes to its file system', async () => {
  const browser = await BrowserProcess.start();
  for (let start = 0; start < 4; start++) {
    const page = await browser.open('shared.html');
    await page.evaluate(() => lab.open('app.db'));
    expect(await page.evaluate(() => lab.titles())).toEqual(Array.from({ length: start }, (_, at) => `${at}`));
    await page.evaluate((title) => lab.Note.create({ title }), `${start}`);
    await browser.kill();
    if (start === 0) browser.cutOffJournals('File System');
    await browser.restart();
  }
});
