import { expect, it } from 'vitest';
import { BrowserProcess, type Kept } from './browser.js';
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

const folders: readonly Kept[] = ['File System', 'IndexedDB'];

it.each((['opfs', 'indexedDb'] as const).flatMap((storage) => folders.map((folder) => [storage, folder] as const)))(
  '%s has all that was flushed, though the browser was killed between two writes to its %s',
  async (storage, folder) => {
    const browser = await BrowserProcess.start();
    for (let start = 0; start < 4; start++) {
      const page = await browser.open('stored.html');
      const titles = await page.evaluate((which) => lab.open(which, 'app.db'), storage);
      expect(titles).toEqual(Array.from({ length: 2 * start }, (_, at) => `${at >> 1}`));
      for (let save = 0; save < 2; save++) {
        await page.evaluate((title) => {
          lab.Note.create({ title });
          return lab.db.flush();
        }, `${start}`);
      }
      await browser.kill();
      if (start === 0) browser.cutOffJournals(folder);
      await browser.restart();
    }
  },
);

it('sql.js and a file alone have lost everything the time after next', async () => {
  const browser = await BrowserProcess.start();
  const failures: unknown[] = [];
  for (let start = 0; start < 3; start++) {
    const page = await browser.open('stored.html');
    failures.push(await page.evaluate(() => lab.failure(lab.plain.load())));
    if (failures.at(-1) === undefined) await page.evaluate(() => lab.plain.add('a title'));
    await browser.kill();
    if (start === 0) browser.cutOffJournals('File System');
    await browser.restart();
  }
  expect(failures).toEqual([undefined, undefined, expect.objectContaining({ name: 'NotFoundError' })]);
});
