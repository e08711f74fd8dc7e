import { it } from 'vitest';
import { BrowserProcess } from './browser.js';
import { serveSite } from './site.js';
import type { Lab } from './pages/stored.js';
declare const lab: Lab;

it('spike', { timeout: 600000 }, async () => {
  const site = await serveSite('stored');
  const browser = await BrowserProcess.start();
  const url = site.url + 'stored.html';
  const keep = await browser.open('about:blank');
  for (const storage of ['opfs', 'indexedDb'] as const) {
    for (const size of [10, 1_000_000, 10_000_000]) for (const how of ['reload', 'close', 'goto'] as const) {
      let kept = 0; const n = 5;
      for (let i = 0; i < n; i++) {
        const page = await browser.open(url);
        await page.waitForFunction(() => 'lab' in globalThis);
        await page.evaluate(async (s) => { for (let i=0;i<100;i++) { try { await lab.open(s, { saveDelay: 100000 }); break; } catch (e) { await new Promise(r => setTimeout(r, 20)); } } }, storage);
        await page.evaluate(() => { lab.Note.deleteAll(); return lab.db.flush(); });
        await page.evaluate((size) => { lab.Note.create({ title: 'x'.repeat(size) }); }, size);
        if (how === 'reload') await page.reload();
        if (how === 'close') await page.close();
        if (how === 'goto') await page.goto('about:blank');
        const again = await browser.open(url);
        await again.waitForFunction(() => 'lab' in globalThis);
        kept += await again.evaluate(async (s) => { for (let i=0;i<100;i++) { try { return (await lab.open(s)).length; } catch (e) { await new Promise(r => setTimeout(r, 20)); } } return -1 }, storage);
        await again.evaluate(() => lab.db.close());
        await again.close();
        if (!page.isClosed()) await page.close();
      }
      console.log(storage, 'size', size, how, 'kept', kept, 'of', n);
    }
  }
  await site.close();
});
