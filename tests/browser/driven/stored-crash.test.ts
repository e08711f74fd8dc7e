import { expect, it } from 'vitest';
import { BrowserProcess } from './browser.js';
import type { Lab } from './pages/stored.js';

/* What sql.js with a storage has on the disk when the browser is killed while it saves. */

declare const lab: Lab;

const rounds = 4;

it.each(['opfs', 'indexedDb'] as const)(
  '%s has a whole image with all that was flushed, whenever the browser is killed',
  async (storage) => {
    const browser = await BrowserProcess.start();
    let acknowledged = 0;
    for (let round = 0; round < rounds; round++) {
      const page = await browser.open('stored.html');
      await page.evaluate((which) => lab.open(which, 'app.db'), storage);
      const found = await page.evaluate(() => lab.check());
      expect(found).toMatchObject({ state: 'ok', n: found.last ?? 0 });
      expect(found.n).toBeGreaterThanOrEqual(acknowledged);
      // a larger image takes longer to save
      await page.evaluate((fill) => void lab.Note.create({ title: lab.incompressible(fill) }), 500_000);
      await page.exposeFunction('tell', (saved: number) => (acknowledged = saved));
      const before = acknowledged;
      await page.evaluate(() => void lab.addForever((globalThis as unknown as { tell(saved: number): void }).tell));
      await expect.poll(() => acknowledged, { timeout: 10_000, interval: 1 }).toBeGreaterThan(before + 2);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 50)); // whatever it is doing then
      await browser.kill();
      await browser.restart();
    }
    const page = await browser.open('stored.html');
    await page.evaluate((which) => lab.open(which, 'app.db'), storage);
    expect(await page.evaluate(() => lab.check())).toMatchObject({ state: 'ok' });
    expect((await page.evaluate(() => lab.check())).n).toBeGreaterThanOrEqual(acknowledged);
    await page.evaluate(() => {
      lab.Note.create({ title: 'the last' });
      return lab.db.close();
    });
    if (storage === 'opfs')
      expect(await page.evaluate(() => lab.files())).toEqual([expect.stringMatching(/^app\.db@\d+$/)]);
  },
);
