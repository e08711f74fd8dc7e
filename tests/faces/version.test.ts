import { describe, expect, it } from 'vitest';
import {
  defineModel,
  id,
  integer,
  StaleRecordError,
  text,
  version,
  type Described,
  type Face,
  type InstanceOf,
} from 'litemodel';
import { defineModel as defineAsyncModel } from 'litemodel/async';
import { statementsOf } from './engines.js';
import { attempt, faces, type TestFace, type TestModel } from './faces.js';

const columns = { id: id(), title: text(), views: integer({ default: 0 }), version: version() };
const SyncPage = defineModel('pages', columns, { modelName: 'Page' });
const AsyncPage = defineAsyncModel('pages', columns, { modelName: 'Page' });

type Page = Described<typeof columns> & Pick<InstanceOf<Face>, 'fill' | 'toJSON'>;

async function openPages(face: TestFace) {
  const isAsync = face.name.startsWith('litemodel/async');
  const { db, of } = await face.open({ models: [isAsync ? AsyncPage : SyncPage] });
  const Page = (isAsync ? AsyncPage : face.waits ? SyncPage.async() : SyncPage) as unknown as TestModel<Page>;
  return { db, of, Page };
}

describe.each(faces)('versions, $name', (face) => {
  it('let one of two writers through', async () => {
    const { db, of, Page } = await openPages(face);
    const page = await Page.create({ title: 'a' });
    const other = (await Page.findById(1))!;
    other.title = 'b';
    expect(await statementsOf(db, () => of(other).save())).toEqual([
      'UPDATE "pages" SET "title" = ?, "version" = "version" + 1 WHERE "id" = ? AND "version" = ?',
    ]);
    page.views = 2;
    expect(await attempt(() => of(page).save())).toBeInstanceOf(StaleRecordError);
    expect(await attempt(() => of(page).delete())).toBeInstanceOf(StaleRecordError);
    await of(page).reload();
    page.views = 2;
    await of(page).save();
    expect((await Page.findById(1))!.toJSON()).toEqual({ id: 1, title: 'b', views: 2, version: 3 });
    expect(await of(page).delete()).toBe(true);
  });

  it('let saves of one instance overlap', async () => {
    const { of, Page } = await openPages(face);
    const page = await Page.create({ title: 'a' });
    page.title = 'b';
    const first = of(page).save();
    page.views = 1;
    const second = of(page).save();
    page.title = 'c';
    await Promise.all([first, second, of(page).save()]);
    expect(page.version).toBeGreaterThan(2);
    expect((await Page.findById(1))!.toJSON()).toEqual({ id: 1, title: 'c', views: 1, version: page.version });
  });
});
