import { describe, expect, it } from 'vitest';
import type { Page } from 'playwright';
import { BrowserProcess, newName } from './browser.js';
import type { Lab } from './pages/shared.js';

/* SQLite's own WebAssembly, in a worker that all tabs share. What becomes of it when tabs go stands in takeover.test.ts. */

declare const lab: Lab;

const browser = BrowserProcess.forAllTests();

type Options = Parameters<Lab['open']>[1];

async function opened(name: string, options: Options = {}): Promise<Page> {
  const page = await browser.open('shared.html');
  await page.evaluate(([named, given]) => lab.open(named, given), [name, options] as const);
  return page;
}

/** What opening fails with. */
async function failureOf(name: string, options: Options = {}): ReturnType<Lab['failure']> {
  const page = await browser.open('shared.html');
  return await page.evaluate(([named, given]) => lab.failure(lab.open(named, given)), [name, options] as const);
}

const create = (page: Page, title: string): Promise<unknown> =>
  page.evaluate((text) => lab.Note.create({ title: text }), title);
const titles = (page: Page): Promise<string[]> => page.evaluate(() => lab.titles());
const close = (page: Page): Promise<void> => page.evaluate(() => lab.db.close());

describe('a database of SQLite’s own WebAssembly', () => {
  it('is there after a reload, after closing and when the browser was started again', async () => {
    const name = newName();
    const page = await opened(name);
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
    await create(page, 'before the reload');
    await page.reload();
    await page.evaluate((named) => lab.open(named), name);
    await create(page, 'before closing');
    await close(page);
    await page.evaluate((named) => lab.open(named), name);
    await create(page, 'before the end');
    await browser.quit();
    await browser.restart();
    expect(await titles(await opened(name))).toEqual(['before the reload', 'before closing', 'before the end']);
  });

  it('is in WAL mode, with the pragmas that were asked for', async () => {
    const page = await opened(newName(), { synchronous: 'full' });
    expect(await page.evaluate(() => lab.db.pragmas)).toEqual({
      journalMode: 'wal',
      synchronous: 'full',
      foreignKeys: true,
      recursiveTriggers: true,
      trustedSchema: false,
      busyTimeout: 5000,
      journalSizeLimit: 67108864,
    });
  });

  it('searches full text', async () => {
    const page = await opened(newName());
    const found = await page.evaluate(async () => {
      lab.db.require('fts5');
      await lab.db.execute("CREATE VIRTUAL TABLE pages USING fts5 (body, tokenize = 'trigram')");
      await lab.db.execute("INSERT INTO pages VALUES ('a dedicated worker'), ('the page')");
      return await lab.db.all(lab.sql`SELECT body FROM pages WHERE pages MATCH ${'"dicat"'}`);
    });
    expect(found).toEqual([{ body: 'a dedicated worker' }]);
  });

  it('is another one in each tab where it is in memory', async () => {
    const [first, second] = [await opened(':memory:'), await opened(':memory:')];
    await create(first, 'of the first');
    expect([await titles(first), await titles(second)]).toEqual([['of the first'], []]);
  });

  it('is one of many in a directory', async () => {
    const [one, other] = [newName(), newName()];
    const page = await opened(one, { directory: 'apps/notes' });
    await create(page, 'of one');
    expect(await titles(await opened(other, { directory: '/apps/notes/' }))).toEqual([]);
    expect(await titles(await opened(one, { directory: 'apps//notes' }))).toEqual(['of one']);
    expect(await titles(await opened(one))).toEqual([]);
  });

  it('is not made where it must exist', async () => {
    expect(await failureOf(newName(), { fileMustExist: true })).toMatchObject({ name: 'CannotOpenError' });
    expect(await failureOf('../app.db')).toMatchObject({ name: 'CannotOpenError' });
  });
});

describe('several tabs', () => {
  it('see what the others write, in one worker', async () => {
    const name = newName();
    const pages = await Promise.all([1, 2, 3, 4].map(() => opened(name))); // who is first has not opened it before the others ask
    expect(
      await pages[0]!.evaluate(() => Promise.all(['worker', 'leader', 'tab'].map((kind) => lab.held(kind)))),
    ).toEqual([1, 1, 3]);
    for (const [index, page] of pages.entries()) await create(page, `of ${index}`);
    for (const page of pages) expect(await titles(page)).toEqual(['of 0', 'of 1', 'of 2', 'of 3']);
  });

  it('count to 1,000 in transactions that read first', async () => {
    const name = newName();
    const pages = await Promise.all([1, 2, 3, 4].map(() => opened(name)));
    await create(pages[0]!, 'counted');
    await Promise.all(pages.map((page) => page.evaluate(() => lab.count(250))));
    expect(await pages[1]!.evaluate(async () => (await lab.Note.findById(1))!.n)).toBe(1000);
  });

  it('have transactions that never interleave', async () => {
    const name = newName();
    const pages = await Promise.all([1, 2].map(() => opened(name)));
    await Promise.all(pages.map((page, tab) => page.evaluate((of) => lab.writeInThrees(`tab ${of}`, 30), tab)));
    const rows = await pages[0]!.evaluate(async () =>
      (await lab.Note.query().orderBy('id').all()).map(({ title, n }) => `${title}, ${n}`),
    );
    expect(rows).toHaveLength(180);
    const first = rows.filter((_, index) => index % 3 === 0).map((row) => row.replace(/, 1$/, ''));
    expect(rows).toEqual(first.flatMap((row) => [1, 2, 3].map((n) => `${row}, ${n}`)));
  });

  it('cannot draw each other into a transaction that is begun by SQL', async () => {
    const name = newName();
    const [first, second] = [await opened(name), await opened(name)];
    await create(first, 'before');
    const begun = await first.evaluate(() =>
      lab.failure(lab.db.execute("BEGIN; INSERT INTO notes (title) VALUES ('gone')")),
    );
    expect(begun).toEqual({
      name: 'TransactionError',
      message:
        'A transaction that is begun by SQL would take in what other tabs write; it was rolled back. ' +
        'Use db.transaction() or db.begin().',
    });
    await create(second, 'of the second');
    expect(await first.evaluate(() => lab.failure(lab.db.execute('ROLLBACK')))).toMatchObject({
      name: 'SqlError',
    });
    expect(await titles(first)).toEqual(['before', 'of the second']);
    await first.evaluate(() => lab.db.execute("BEGIN; INSERT INTO notes (title) VALUES ('whole'); COMMIT"));
    expect(await titles(second)).toEqual(['before', 'of the second', 'whole']);
  });

  it.each(['first', 'last'])('may only read, which does not keep the others from writing: the %s', async (which) => {
    const name = newName();
    await close(await opened(name));
    const tabs: Page[] = [];
    for (const readonly of which === 'first' ? [true, false] : [false, true])
      tabs.push(await opened(name, { readonly }));
    const [reader, writer] = which === 'first' ? [tabs[0]!, tabs[1]!] : [tabs[1]!, tabs[0]!];
    await create(writer, 'written');
    expect(await titles(reader)).toEqual(['written']);
    const refused = await reader.evaluate(async () => [
      (await lab.failure(lab.Note.create({ title: 'no' })))?.name,
      (await lab.failure(lab.db.execute('DELETE FROM notes')))?.name,
      (await lab.failure(lab.db.transaction((tx) => lab.Note.using(tx).create({ title: 'no' }))))?.name,
    ]);
    expect(refused).toEqual(['ReadOnlyError', 'ReadOnlyError', 'ReadOnlyError']);
    await create(writer, 'again');
    expect(await titles(reader)).toEqual(['written', 'again']);
  });

  it('have the same pragmas, or are told why not', async () => {
    const name = newName();
    await opened(name, { synchronous: 'full' });
    await opened(name);
    expect(await failureOf(name, { synchronous: 'off' })).toEqual({
      name: 'DatabaseLockedError',
      message:
        `The database "litemodel/${name}" is open in another tab with synchronous = full. ` +
        'Close or reload that tab, or open it with the same option.',
    });
  });

  it('are not misled by a worker that is gone, and told of one that speaks otherwise', async () => {
    const name = newName();
    const page = await opened(name);
    const rogue = await browser.open('shared.html');
    const say = (notice: object) =>
      rogue.evaluate(([to, said]) => new BroadcastChannel(`litemodel:tabs:litemodel/${to}`).postMessage(said), [
        name,
        notice,
      ] as const);
    const other = await browser.open('shared.html');
    const opening = other.evaluate((named) => lab.open(named), name);
    await say({ leader: 'gone', protocol: 1 });
    await opening;
    await create(other, 'all the same');
    expect(await titles(page)).toEqual(['all the same']);

    const elsewhere = newName();
    await rogue.evaluate((named) => {
      const notices = new BroadcastChannel(`litemodel:tabs:litemodel/${named}`);
      notices.onmessage = () => notices.postMessage({ leader: 'other', protocol: 2 });
      return new Promise((taken) => {
        void navigator.locks.request(`litemodel:leader:litemodel/${named}`, () => new Promise(() => taken(undefined)));
      });
    }, elsewhere);
    expect(await failureOf(elsewhere)).toEqual({
      name: 'DatabaseLockedError',
      message:
        `The database "litemodel/${elsewhere}" is open in a tab that runs another version of litemodel. ` +
        'Close or reload that tab.',
    });
  });
});

describe('a worker that cannot start', () => {
  it('fails whoever opened, and leaves the database to others', async () => {
    const name = newName();
    const failures = await Promise.all([1, 2].map(() => failureOf(name, { worker: 'withoutFiles' })));
    const expected = {
      name: 'UnsupportedError',
      message:
        "The browser's private file system can be used in a dedicated worker only, on a page from https or localhost. " +
        'Open the database in a worker, or one in memory here.',
    };
    expect(failures).toEqual([expected, expected]);
    expect(await titles(await opened(name))).toEqual([]);
  });

  it.each(['broken', 'missing'] as const)('for its script is %s is told as such', async (worker) => {
    const name = newName();
    const page = await browser.open('shared.html');
    page.removeAllListeners('pageerror');
    const failure = await page.evaluate(([named, which]) => lab.failure(lab.open(named, { worker: which })), [
      name,
      worker,
    ] as const);
    expect(failure).toEqual({
      name: 'DriverUnavailableError',
      message:
        'The worker that was to have the database ended before it had opened it. The cause says why. Where a bundler has ' +
        'moved or renamed its script, start it yourself: { worker: () => new Worker(…) }.',
    });
    expect(await titles(await opened(name))).toEqual([]);
  });
});

describe('closing', () => {
  it('gives the file back at once, to the next who opens it', async () => {
    const name = newName();
    const page = await browser.open('shared.html');
    const names = await page.evaluate(async (named) => {
      for (let each = 0; each < 10; each++) {
        await lab.open(named);
        await lab.Note.create({ title: `${each}` });
        await lab.db.close();
      }
      await lab.open(named);
      return await lab.titles();
    }, name);
    expect(names).toHaveLength(10);
  });

  it('of the tab that has the worker loses nothing of the others, and fails nothing', async () => {
    const name = newName();
    const leader = await opened(name);
    const others = [await opened(name), await opened(name)];
    const writing = others.map((page, tab) => page.evaluate((of) => lab.writeForever(`tab ${of}`), tab));
    for (const page of others) await page.waitForFunction(() => lab.written.acknowledged.length > 20);
    await close(leader);
    for (const page of others) {
      const before = await page.evaluate(() => lab.written.acknowledged.length);
      await page.waitForFunction((done) => lab.written.acknowledged.length > done + 20, before);
      await page.evaluate(() => lab.stop());
    }
    await Promise.all(writing);
    const found = (await titles(others[0]!)).sort();
    const expected: string[] = [];
    for (const page of others) {
      const { acknowledged, unknown, failures } = await page.evaluate(() => lab.written);
      expect({ unknown, failures }).toEqual({ unknown: [], failures: [] });
      expected.push(...acknowledged, ...acknowledged.filter((title) => Number(title.split(' ')[2]) % 3 === 0));
    }
    expect(found).toEqual(expected.sort());
  });
});
