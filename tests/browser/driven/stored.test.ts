import { inject, describe, expect, it } from 'vitest';
import type { Page } from 'playwright';
import { BrowserProcess, newName } from './browser.js';
import type { Lab } from './pages/stored.js';

/* sql.js on a page, with a storage: reloads, tabs and full disks. What becomes of it in crashes stands in stored-crash.test.ts. */

declare const lab: Lab;

const browser = BrowserProcess.forAllTests();
const storages = ['opfs', 'indexedDb'] as const;
type Storage = (typeof storages)[number];

/** A page that saves nothing by itself, but for when it goes away. */
async function opened(storage: Storage, name: string, saveDelay = 1e6): Promise<Page> {
  const page = await browser.open('stored.html');
  await page.evaluate(([which, named, delay]) => lab.open(which, named, { saveDelay: delay }), [
    storage,
    name,
    saveDelay,
  ] as const);
  return page;
}

/** What a page finds that opens the database anew. */
async function titlesIn(storage: Storage, name: string): Promise<string[]> {
  const page = await browser.open('stored.html');
  const titles = await page.evaluate(([which, named]) => lab.open(which, named), [storage, name] as const);
  await page.evaluate(() => lab.db.close());
  await page.close();
  return titles;
}

const create = (page: Page, title: string): Promise<number> =>
  page.evaluate((text) => lab.Note.create({ title: text }).id, title);

describe.each(storages)('a database of sql.js that %s keeps', (storage) => {
  it('is there after a reload, in another tab and when the browser was started again', async () => {
    const name = newName();
    const page = await opened(storage, name, 1);
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
    await create(page, 'saved by itself');
    await page.waitForFunction(() => !lab.db.isDirty);
    await page.reload();
    expect(await page.evaluate(([which, named]) => lab.open(which, named), [storage, name] as const)).toEqual([
      'saved by itself',
    ]);
    await create(page, 'saved by closing');
    await page.evaluate(() => lab.db.close());
    expect(await titlesIn(storage, name)).toEqual(['saved by itself', 'saved by closing']);
    await browser.quit();
    await browser.restart();
    expect(await titlesIn(storage, name)).toEqual(['saved by itself', 'saved by closing']);
  });

  it.each(['reloads', 'goes elsewhere', 'is closed'])('is saved when its page %s, at the last moment', async (how) => {
    const name = newName();
    for (const fill of [0, 1_000_000]) {
      const page = await opened(storage, name);
      await create(page, `${fill}`);
      await page.evaluate((length) => void lab.Note.create({ title: 'x'.repeat(length) }), fill);
      if (how === 'reloads') await page.reload();
      else if (how === 'goes elsewhere') await page.goto(`${inject('site')}stored.html?elsewhere`);
      else await page.close();
      const titles = await titlesIn(storage, name);
      expect(titles.map((title) => title.length)).toEqual(fill === 0 ? [1, 0] : [1, 0, 7, fill]);
    }
  });

  it('is saved without what was not committed when its page goes away', async () => {
    const name = newName();
    const page = await opened(storage, name);
    await create(page, 'committed');
    await page.evaluate(() => {
      lab.db.begin();
      lab.Note.create({ title: 'not committed' });
    });
    await page.reload();
    expect(await titlesIn(storage, name)).toEqual(['committed']);
  });

  it('is saved when its page is told that nobody sees it', async () => {
    const page = await opened(storage, newName());
    await create(page, 'saved');
    await page.evaluate(() => {
      // headless browsers have no tab that is hidden
      Object.defineProperty(document, 'visibilityState', { value: 'hidden' });
      document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
    });
    await page.waitForFunction(() => !lab.db.isDirty);
  });

  it('is saved at the last moment over a save that has not come to its end', async () => {
    const name = newName();
    const page = await opened(storage, name);
    await page.evaluate(() => {
      lab.Note.create({ title: 'x'.repeat(5_000_000) });
      void lab.db.flush();
    });
    await create(page, 'after it');
    await page.close();
    expect((await titlesIn(storage, name))[1]).toBe('after it');
    expect(await titlesIn(storage, name)).toHaveLength(2);
  });
});

describe.each(storages)('two pages with one database in %s', (storage) => {
  it('are told that it is in use, or only read, until the first is closed (DL-28)', async () => {
    const name = newName();
    const first = await opened(storage, name);
    await create(first, 'of the first');
    await first.evaluate(() => lab.db.flush());
    const second = await browser.open('stored.html');
    const open = (whenLocked: 'throw' | 'readonly') =>
      second.evaluate(([which, named, how]) => lab.failure(lab.open(which, named, { whenLocked: how })), [
        storage,
        name,
        whenLocked,
      ] as const);
    expect(await open('throw')).toEqual({
      name: 'DatabaseLockedError',
      message:
        `The database "${name}" is open in another tab or worker. Open it for reading with { whenLocked: "readonly" }, ` +
        'or share one with litemodel/sqlite-wasm.',
    });
    expect(await open('readonly')).toBeUndefined();
    expect(await second.evaluate(() => lab.titles())).toEqual(['of the first']);
    expect(await second.evaluate(() => lab.failure((async () => lab.Note.create({ title: 'no' }))()))).toMatchObject({
      name: 'ReadOnlyError',
    });
    await second.evaluate(() => lab.db.close());
    await first.close();
    expect(await open('throw')).toBeUndefined();
  });

  it('do not save over each other, even where the browser gives the lock to both (DL-28)', async () => {
    const name = newName();
    const first = await opened(storage, name);
    await create(first, 'of the first');
    await first.evaluate(() => lab.db.flush());
    const second = await browser.open('stored.html');
    await second.evaluate(() => lab.ignoreLocks());
    await second.evaluate(([which, named]) => lab.open(which, named), [storage, name] as const);
    await create(second, 'of the second');
    await second.evaluate(() => lab.db.close());
    await create(first, 'of the first, too late');
    expect(await first.evaluate(() => lab.failure(lab.db.flush()))).toEqual({
      name: 'DatabaseLockedError',
      message:
        `The database "${name}" was saved by somebody else since it was read here. ` +
        'Open it again to see what they saved; keep the bytes of serialize() if yours are wanted, too.',
    });
    expect(await first.evaluate(() => lab.titles())).toHaveLength(2);
    await first.evaluate(() => lab.db.close({ save: false }));
    expect(await titlesIn(storage, name)).toEqual(['of the first', 'of the second']);
  });
});

it('two pages with sql.js alone lose what the first of them has saved (DL-28)', async () => {
  const [first, second] = [await browser.open('stored.html'), await browser.open('stored.html')];
  for (const page of [first, second]) await page.evaluate(() => lab.plain.load());
  await first.evaluate(() => lab.plain.add('of the first'));
  await second.evaluate(() => lab.plain.add('of the second'));
  await first.evaluate(() => lab.plain.load());
  expect(await first.evaluate(() => lab.plain.titles())).toEqual(['of the second']);
});

describe.each(storages)('a full disk under %s', (storage) => {
  it('is an error of flush and of each save, and what there was is saved when there is room', async () => {
    const name = newName();
    const own = await BrowserProcess.start(); // in which IndexedDB has not asked yet how much room there is
    const page = await own.open('stored.html');
    const { origin } = new URL(page.url());
    const debug = await own.debuggerOf(page);
    await debug.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 2_000_000 });
    await page.evaluate(([which, named]) => lab.open(which, named, { saveDelay: 1 }), [storage, name] as const);
    await create(page, 'saved');
    await page.evaluate(() => lab.db.flush());
    await page.evaluate(() => void lab.Note.create({ title: lab.incompressible(9_000_000) }));
    await page.waitForFunction(() => lab.saveErrors.length > 0);
    expect(await page.evaluate(() => lab.saveErrors)).toEqual(['DiskFullError']);
    expect(await page.evaluate(() => lab.failure(lab.db.flush()))).toMatchObject({ name: 'DiskFullError' });
    expect(await page.evaluate(() => lab.failure(lab.db.close()))).toMatchObject({ name: 'DiskFullError' });
    expect(await page.evaluate(() => [lab.db.isOpen, lab.db.isDirty, lab.Note.count()])).toEqual([true, true, 2]);
    const second = await own.open('stored.html');
    const open = ([which, named]: readonly [Storage, string]) => lab.open(which, named, { whenLocked: 'readonly' });
    expect(await second.evaluate(open, [storage, name] as const)).toEqual(['saved']);
    await debug.send('Storage.overrideQuotaForOrigin', { origin });
    await page.evaluate(() => lab.db.close());
    expect(await second.evaluate(() => (lab.db.close(), undefined))).toBeUndefined();
    expect(await second.evaluate(open, [storage, name] as const)).toHaveLength(2);
  });
});
