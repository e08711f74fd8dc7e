import { it } from 'vitest';
import { BrowserProcess } from './browser.js';
import { serveSite } from './site.js';
declare const raw: any;
it('spike', { timeout: 600000 }, async () => {
  const site = await serveSite('raw');
  const browser = await BrowserProcess.start();
  const url = site.url + 'raw.html';
  const keep = await browser.open('about:blank');
  for (const size of [1000, 50_000, 100_000, 1_000_000, 10_000_000, 50_000_000]) for (const how of ['reload', 'close', 'closeBU', 'goto'] as const) {
    let kept = 0; const n = 5;
    for (let i = 0; i < n; i++) {
      const page = await browser.open(url);
      await page.waitForFunction(() => 'raw' in globalThis);
      await page.evaluate(() => raw.clear());
      await page.evaluate((size) => raw.arm(size), size);
        if (how === 'reload') await page.reload();
        if (how === 'close') await page.close();
        if (how === 'closeBU') await page.close({ runBeforeUnload: true }).then(() => new Promise(r => setTimeout(r, 500)));
        if (how === 'goto') await page.goto('about:blank');
      const again = await browser.open(url);
      await again.waitForFunction(() => 'raw' in globalThis);
      kept += (await again.evaluate(() => raw.get())) === size ? 1 : 0;
      await again.close();
      if (!page.isClosed()) await page.close();
    }
    console.log('size', size, how, 'kept', kept, 'of', n);
  }
  await site.close();
});
