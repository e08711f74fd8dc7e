import { it } from 'vitest';
import { BrowserProcess } from './browser.js';
import type { Lab } from './pages/stored.js';
declare const lab: Lab;
for (const storage of ['indexedDb', 'opfs'] as const) for (const where of ['about:blank', 'stored.html?x'])
it('bf', { timeout: 600000 }, async () => {
  const browser = await BrowserProcess.start();
  const page = await browser.open('stored.html');
  page.on('console', m => console.log(m.text()));
  await page.evaluate((s) => { addEventListener('pageshow', e => console.log('pageshow', e.persisted)); return lab.open(s, 'x', { saveDelay: 1e6 }).then(() => { lab.Note.create({title: 'a'})}); }, storage);
  const url = page.url();
  await page.goto(where === 'about:blank' ? where : url + '?x');
  const other = await browser.open('stored.html');
  for (let i = 0; i < 4; i++) { 
    console.log(storage, where, JSON.stringify(await other.evaluate(() => navigator.locks.query())));
    console.log(await other.evaluate((s) => lab.open(s, 'x').then(async x => { await lab.db.close(); return x; }, e => e.message), storage));
    await new Promise(r => setTimeout(r, 500)); }
  await page.goBack({ waitUntil: 'commit' });
  await new Promise(r => setTimeout(r, 500));
  console.log('back', await page.evaluate(() => lab.db ? lab.failure((async () => { console.log(lab.Note.create({title: 'b'}).id); await lab.db.flush(); })()) : 'new page'));
});
