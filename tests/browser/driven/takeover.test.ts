import { describe, expect, it } from 'vitest';
import type { Page } from 'playwright';
import { BrowserProcess, newName } from './browser.js';
import type { Lab, Written } from './pages/shared.js';

/* What becomes of a database that all tabs share when the tab that has the worker goes, or another one. */

declare const lab: Lab;

const browser = BrowserProcess.forAllTests();

async function opened(name: string): Promise<Page> {
  const page = await browser.open('shared.html');
  await page.evaluate((named) => lab.open(named, { worker: 'own' }), name);
  return page;
}

const create = (page: Page, title: string): Promise<unknown> =>
  page.evaluate((text) => lab.Note.create({ title: text }), title);
const titles = (page: Page): Promise<string[]> => page.evaluate(() => lab.titles());

/** The ways in which a tab, or its worker, ends without a word. */
const ends: Record<string, (page: Page) => Promise<unknown>> = {
  'is closed': (page) => page.close(),
  'goes elsewhere': (page) => page.goto('about:blank'),
  crashes: async (page) => {
    const crashed = page.waitForEvent('crash');
    const debug = await browser.debuggerOf(page);
    void debug.send('Page.crash').catch(() => undefined);
    await crashed;
  },
  'loses its worker': (page) => page.evaluate(() => lab.worker!.terminate()),
};

/** Waits until a tab has written so many notes more than it has. */
async function writesOn(page: Page, more = 15): Promise<void> {
  const before = await page.evaluate(() => lab.written.acknowledged.length);
  await page.waitForFunction((done) => lab.written.acknowledged.length >= done, before + more);
}

/** What a tab has written, once it is told to stop. */
async function written(page: Page): Promise<Written> {
  await page.evaluate(() => lab.stop());
  return await page.evaluate(() => lab.written);
}

/** Every acknowledged note is there, whole and once; of the unknown ones, each is so or not at all. */
function expectWhole(found: readonly string[], { acknowledged, unknown }: Omit<Written, 'failures'>): void {
  const count = (title: string) => found.filter((each) => each === title).length;
  const wanted = (title: string) => (Number(title.split(' ')[2]) % 3 === 0 ? 2 : 1);
  expect(acknowledged.filter((title) => count(title) !== wanted(title))).toEqual([]);
  expect(unknown.filter((title) => ![0, wanted(title)].includes(count(title)))).toEqual([]);
}

describe.each(Object.keys(ends))('when the tab that has the worker %s', (how) => {
  it('the others go on: reads are run again, and nothing that was acknowledged is lost', async () => {
    const name = newName();
    const leader = await opened(name);
    const [writer, reader] = [await opened(name), await opened(name)];
    await writer.evaluate(() => void lab.writeForever('tab 1'));
    await reader.evaluate(() => void lab.readForever());
    await writesOn(writer);
    await ends[how]!(leader);
    await writesOn(writer);
    const { failures, ...rest } = await written(writer);
    expect(failures).toEqual([]);
    expect(rest.unknown.length).toBeLessThanOrEqual(1);
    expectWhole(await titles(writer), rest);
    expect((await written(reader)).failures).toEqual([]);
    expect(await writer.evaluate(() => lab.db.first(lab.sql`PRAGMA integrity_check`))).toEqual({
      integrity_check: 'ok',
    });
  });

  it('a transaction of another tab is rolled back, wherever it is', async () => {
    const name = newName();
    const leader = await opened(name);
    const follower = await opened(name);
    await create(follower, 'before');
    await follower.evaluate(async () => {
      const state = { tx: await lab.db.begin() };
      Object.assign(globalThis, state);
      await lab.Note.using(state.tx).create({ title: 'half' });
    });
    await ends[how]!(leader);
    await follower.waitForFunction(() => lab.db.state.name === 'ready' || lab.db.state.name === 'recovering');
    const failures = await follower.evaluate(async () => {
      const { tx } = globalThis as unknown as { tx: Awaited<ReturnType<typeof lab.db.begin>> };
      // a savepoint would be a transaction by itself in the next worker
      const inside = await lab.failure(
        tx.transaction((inner) => lab.Note.using(inner).create({ title: 'other half' })),
      );
      const after = await lab.failure(lab.Note.using(tx).create({ title: 'other half' }));
      const committed = await lab.failure(tx.commit());
      return [inside?.name, after?.name, committed?.name];
    });
    expect(failures).toEqual(['ConnectionLostError', 'ConnectionLostError', 'ConnectionLostError']);
    await follower.evaluate(() => lab.db.transaction((tx) => lab.Note.using(tx).create({ title: 'after' })));
    expect(await titles(follower)).toEqual(['before', 'after']);
  });
});

describe.each(['is closed', 'goes elsewhere', 'crashes'])('when another tab %s', (how) => {
  it('its transaction is rolled back, and the others go on', async () => {
    const name = newName();
    const [leader, follower] = [await opened(name), await opened(name)];
    await create(leader, 'before');
    await follower.evaluate(async () => {
      const tx = await lab.db.begin();
      await lab.Note.using(tx).create({ title: 'half' });
    });
    const waiting = create(leader, 'after');
    await ends[how]!(follower);
    await waiting;
    expect(await titles(leader)).toEqual(['before', 'after']);
  });
});

it('tabs that are closed one after the other hand the database on until the last', async () => {
  const name = newName();
  const pages: Page[] = [];
  for (let tab = 0; tab < 4; tab++) {
    const page = await opened(name);
    pages.push(page);
    await page.evaluate((of) => void lab.writeForever(`tab ${of}`), tab);
  }
  const results: Written[] = [];
  for (const page of pages.slice(0, -1)) {
    await writesOn(page);
    results.push(await page.evaluate(() => lab.written));
    await page.close();
    await writesOn(pages.at(-1)!);
  }
  results.push(await written(pages.at(-1)!));
  const found = await titles(pages.at(-1)!);
  for (const each of results) expectWhole(found, each);
  expect(results.at(-1)!.failures).toEqual([]);
});

it('a tab that comes back, as it was left, has the database again', async () => {
  const name = newName();
  const [leader, follower] = [await opened(name), await opened(name)];
  await create(follower, 'before');
  await follower.goto('about:blank');
  await follower.goBack({ waitUntil: 'commit' }); // for a page that was kept there is nothing to load
  await create(leader, 'meanwhile');
  await create(follower, 'after');
  expect(await titles(follower)).toEqual(['before', 'meanwhile', 'after']);
});

it('a worker that has ended is replaced by the tab that had it, also when nobody asks', async () => {
  const name = newName();
  const [leader, follower] = [await opened(name), await opened(name)];
  await create(follower, 'before');
  await leader.evaluate(() => lab.worker!.terminate());
  await create(follower, 'after').catch(() => create(follower, 'after'));
  expect(await titles(leader)).toEqual(['before', 'after']);
  expect(await leader.evaluate(() => Promise.all(['worker', 'leader', 'tab'].map((kind) => lab.held(kind))))).toEqual([
    1, 1, 1,
  ]);
});

it('a database in memory is gone with its worker, which is told', async () => {
  const page = await opened(':memory:');
  await create(page, 'gone');
  await page.evaluate(() => lab.worker!.terminate());
  await page.waitForFunction(() => lab.db.state.name === 'recovering');
  expect(await page.evaluate(() => lab.failure(lab.titles()))).toMatchObject({ name: 'ConnectionLostError' });
  await page.evaluate(() => lab.db.close());
});

it('waiting for a worker is given up when a signal says so, and closing does not wait', async () => {
  const name = newName();
  const [leader, follower] = [await opened(name), await opened(name)];
  await create(leader, 'before');
  // the next in the queue for the lead, which does nothing with it
  await browser.open('shared.html').then((page) =>
    page.evaluate((named) => {
      void navigator.locks.request(`litemodel:leader:litemodel/${named}`, { steal: true }, () => new Promise(() => {}));
    }, name),
  );
  await leader.evaluate(() => lab.worker!.terminate());
  await leader.close();
  expect(
    await follower.evaluate(() => lab.failure(lab.db.all(lab.sql`SELECT 1`, { signal: AbortSignal.timeout(200) }))),
  ).toMatchObject({
    name: 'TimeoutError',
  });
  await follower.evaluate(() => lab.db.close());
});

it('is not held up by a tab whose page is frozen', async () => {
  const name = newName();
  const [leader, follower] = [await opened(name), await opened(name)];
  const debug = await browser.debuggerOf(leader);
  await debug.send('Page.setWebLifecycleState', { state: 'frozen' });
  await create(follower, 'while it is frozen');
  await debug.send('Page.setWebLifecycleState', { state: 'active' });
  expect(await titles(leader)).toEqual(['while it is frozen']);
});

it('is not held up by a tab whose page is busy', async () => {
  const name = newName();
  const [leader, follower] = [await opened(name), await opened(name)];
  const busy = leader.evaluate(() => {
    const until = performance.now() + 3000;
    while (performance.now() < until);
    return 'done';
  });
  const started = performance.now();
  await create(follower, 'meanwhile');
  const took = performance.now() - started;
  expect(await busy).toBe('done');
  expect(took).toBeLessThan(3000);
});
