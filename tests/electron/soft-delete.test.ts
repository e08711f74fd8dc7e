import { describe, expect, it } from 'vitest';
import { defineModel, deletedAt, ForbiddenError, id, sql, text, updatedAt, type Of } from 'litemodel';
import { allow, type Operation } from 'litemodel/electron-main';
import { openMain, openWindow } from './window.js';

const columns = { id: id(), title: text({ unique: true }), updatedAt: updatedAt(), deletedAt: deletedAt() };
const Page = defineModel('pages', columns, { modelName: 'Page' });
/** A window that would say by itself when a row was deleted. */
const Forged = defineModel(
  'pages',
  { id: id(), title: text(), deletedAt: text({ nullable: true }) },
  { modelName: 'Page' },
);

async function openBoth(operations: readonly Operation[], model: Of<object> = Page) {
  const db = openMain({ models: [Page] });
  for (const title of ['a', 'b']) Page.using(db).create({ title });
  const { window } = await openWindow(db, { models: [allow(Page, operations)] }, { models: [model] });
  return { db, window };
}

describe('a window', () => {
  it('deletes and restores rows that stay, where it may delete', async () => {
    const { db, window } = await openBoth(['read', 'delete']);
    const Pages = Page.using(window);
    const page = (await Pages.findById(1))!;
    expect(await page.async.delete()).toBe(true);
    expect([await Pages.count(), Page.using(db).query().onlyDeleted().count()]).toEqual([1, 1]);
    expect(await page.async.restore()).toBe(true);
    expect(await Pages.filter({ title: 'b' }).delete()).toBe(1);
    expect(await Pages.query().onlyDeleted().restore()).toBe(1);
    expect(await page.async.forceDelete()).toBe(true);
    expect(Page.using(db).query().withDeleted().pluck('title')).toEqual(['b']);
    page.title = 'c';
    await expect(Pages.filter({ id: 2 }).update({ title: 'c' })).rejects.toThrow(ForbiddenError);
  });

  it('does so without reading them', async () => {
    const { db, window } = await openBoth(['delete']);
    expect(await Page.using(window).filter({ id: 1 }).delete()).toBe(1);
    expect(await Page.using(window).filter({ id: 1 }).restore()).toBe(1);
    expect(Page.using(db).count()).toBe(2);
  });

  it('may not, where it may only update', async () => {
    const { window } = await openBoth(['read', 'update']);
    await expect((await Page.using(window).findById(1))!.async.delete()).rejects.toThrow(ForbiddenError);
    await expect(Page.using(window).filter({ id: 1 }).restore()).rejects.toThrow(ForbiddenError);
    expect(await Page.using(window).filter({ id: 1 }).update({ title: 'c' })).toBe(1);
  });

  it('may do no more than that where it says by itself when a row was deleted', async () => {
    const forging = await openBoth(['read', 'delete'], Forged);
    const Forging = Forged.using(forging.window);
    await expect(Forging.filter({ id: 1 }).update({ title: 'c', deletedAt: null })).rejects.toThrow(ForbiddenError);
    await expect(Forging.filter({ id: 1 }).update({ deletedAt: 'never' })).rejects.toThrow('takes');
    await expect(Forging.filter({ id: 1 }).update({ deletedAt: sql`title` })).rejects.toThrow();
    expect(forging.db.first(sql`SELECT deleted_at FROM pages`)).toEqual({ deleted_at: null });
  });
});
