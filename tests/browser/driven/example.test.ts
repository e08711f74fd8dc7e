import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BrowserProcess } from './browser.js';
import { buildExample, installLitemodel, removeExample, serveExample, type Vite } from './example-app.js';

/*
 * The notes of examples/browser, as they are published: built by Vite against the package, under a content security policy, and
 * used by pointer and keyboard. `SCREENSHOT=1` takes the picture that docs/browser.md shows.
 */

const browser = BrowserProcess.forAllTests();

beforeAll(installLitemodel);
afterAll(removeExample);

const titles = (page: Page): Promise<string[]> => page.locator('#notes strong').allTextContents();

async function write(page: Page, title: string, body: string): Promise<void> {
  await page.getByRole('button', { name: 'New note' }).click();
  await page.getByLabel('Title').fill(title);
  await page.getByLabel('Text').fill(body);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText(title, { exact: true }).waitFor();
}

/** Waits until a page shows these notes, in this order. */
const shows = (page: Page, expected: string[]) => expect.poll(() => titles(page)).toEqual(expected);

describe.each<Vite>(['vite', 'vite8'])('the notes, built by %s', (vite) => {
  beforeAll(() => buildExample(vite));

  it('are written, found, changed and deleted, in two tabs, and stay', { timeout: 60_000 }, async () => {
    const { url } = await serveExample(vite);
    const page = await browser.open(url);
    const refused: string[] = [];
    page.on('console', (message) => /content security policy/i.test(message.text()) && refused.push(message.text()));
    await page.getByText('0 notes').waitFor();
    await write(page, 'Bread', 'Rye, with seeds');
    await write(page, 'Garden', 'Water the tomatoes; cut back the rosemary');
    await write(page, 'Books', 'The Left Hand of Darkness\nPiranesi');
    await shows(page, ['Books', 'Garden', 'Bread']);

    const other = await browser.open(url);
    await shows(other, ['Books', 'Garden', 'Bread']);
    await other.getByLabel('Search').fill('ROSE');
    await shows(other, ['Garden']);
    await other.getByText('1 note', { exact: true }).waitFor();
    await other.getByLabel('Search').fill('');
    await other.getByText('Bread').click();
    expect(await other.getByLabel('Text').inputValue()).toBe('Rye, with seeds');
    await other.getByLabel('Title').fill('Rye bread');
    await other.getByLabel('Title').press('Enter');
    await shows(page, ['Rye bread', 'Books', 'Garden']);
    if (process.env.SCREENSHOT !== undefined && vite === 'vite8') await takePicture(page);

    await page.getByRole('button', { name: 'Delete Books' }).click();
    await shows(other, ['Rye bread', 'Garden']);
    await page.getByRole('button', { name: 'Undo' }).click();
    await shows(other, ['Books', 'Rye bread', 'Garden']);

    await page.close(); // it had the worker
    await write(other, 'Tea', '');
    await other.reload();
    await shows(other, ['Tea', 'Books', 'Rye bread', 'Garden']);
    expect(refused.filter((text) => !text.includes('unsafe-eval'))).toEqual([]);
  });

  it('are there without a network', { timeout: 60_000 }, async () => {
    const { url, stop } = await serveExample(vite);
    const page = await browser.open(url);
    await write(page, 'Written', '');
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await page.reload(); // now it goes through the service worker, which keeps what it sees
    await shows(page, ['Written']);
    await stop();
    await page.reload();
    await shows(page, ['Written']);
    await write(page, 'Later', '');
    await shows(page, ['Later', 'Written']);
  });
});

async function takePicture(page: Page): Promise<void> {
  await page.bringToFront();
  await page.setViewportSize({ width: 800, height: 500 });
  await page.screenshot({ path: new URL('../../../docs/images/browser-notes.png', import.meta.url).pathname });
}
