import { describe, expect, it } from 'vitest';
import {
  defineModel,
  ForbiddenError,
  id,
  ReadOnlyFieldError,
  sql,
  StaleRecordError,
  text,
  version,
  type Of,
} from 'litemodel';
import { allow, type Operation } from 'litemodel/electron-main';
import { openMain, openWindow } from './window.js';

const Page = defineModel('pages', { id: id(), title: text(), version: version() }, { modelName: 'Page' });
/** The same table, as a window has it that knows nothing of versions. */
const Unversioned = defineModel('pages', { id: id(), title: text() }, { modelName: 'Page' });
/** A window that would set the version by itself. */
const Forged = defineModel('pages', { id: id(), title: text(), version: text() }, { modelName: 'Page', strict: false });

function openPages() {
  const db = openMain({ models: [Page] });
  Page.using(db).create({ title: 'a' });
  return db;
}

async function openBoth(operations: readonly Operation[], model: Of<object> = Page, db = openPages()) {
  const { window } = await openWindow(db, { models: [allow(Page, operations)] }, { models: [model] });
  return { db, window };
}

describe('a window', () => {
  it('loses no update of main, nor main one of a window', async () => {
    const { db, window } = await openBoth(['read', 'update', 'delete']);
    const [theirs, mine] = [(await Page.using(window).findById(1))!, Page.using(db).findById(1)!];
    mine.title = 'main';
    mine.save();
    theirs.title = 'window';
    await expect(theirs.async.save()).rejects.toThrow(StaleRecordError);
    await expect(theirs.async.delete()).rejects.toThrow(StaleRecordError);
    await theirs.async.reload();
    theirs.title = 'window';
    await theirs.async.save();
    mine.title = 'main again';
    expect(() => mine.save()).toThrow(StaleRecordError);
    await Page.using(window).updateAll({ title: 'x' });
    expect(db.first(sql`SELECT title, version FROM pages`)).toEqual({ title: 'x', version: 4 });
  });

  it('counts its updates whether it knows of versions or not, and sets none', async () => {
    const { db, window } = await openBoth(['read', 'update'], Unversioned);
    const page = (await Unversioned.using(window).findById(1))!;
    page.title = 'b';
    await page.async.save();
    expect(Page.using(db).findById(1)!.version).toBe(2);
    const forging = (await openBoth(['read', 'update'], Forged, db)).window;
    await expect(Forged.using(forging).filter({ id: 1 }).update({ version: '7' })).rejects.toThrow(ReadOnlyFieldError);
  });

  it('that may not read saves what it made', async () => {
    const { db, window } = await openBoth(['create', 'update']);
    const page = await Page.using(window).create({ title: 'new' });
    page.title = 'newer';
    await page.async.save();
    expect(Page.using(db).findById(2)).toMatchObject({ title: 'newer', version: 2 });
    await expect(Page.using(window).all()).rejects.toThrow(ForbiddenError);
  });
});
