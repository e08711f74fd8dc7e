import { describe, expect, it } from 'vitest';
import { columns, ForbiddenError, gt, oneOf, type AsyncDatabase } from 'litemodel';
import { allow, type Operation } from 'litemodel/electron-main';
import { at, Note, Tag } from './models.js';
import { openMain, openWindow } from './window.js';

const operations: readonly Operation[] = ['create', 'read', 'update', 'delete'];

/** Every choice of operations, none and all among them. */
const choices = Array.from({ length: 16 }, (_, bits) => operations.filter((_, index) => (bits >> index) & 1));

/** What is done with notes, each with what it needs; the window may read tags and do nothing else with them. */
const deeds: Record<string, readonly [needs: readonly Operation[], deed: (Notes: typeof Note) => unknown]> = {
  'create a row': [['create'], (Notes) => Notes.create({ title: 'new' })],
  'read all rows': [['read'], (Notes) => Notes.all()],
  'find a row by its key': [['read'], (Notes) => Notes.findById(1)],
  'count rows': [['read'], (Notes) => Notes.count()],
  'ask whether there are rows': [['read'], (Notes) => Notes.query().exists()],
  'read a field': [['read'], (Notes) => Notes.query().pluck('title')],
  'count different rows': [['read'], (Notes) => Notes.query().distinct().select('title').count()],
  'change all rows': [['update'], (Notes) => Notes.updateAll({ title: 'x' })],
  'change a row by its key': [['update'], (Notes) => Notes.filter({ id: oneOf([1, 2]) }).update({ title: 'x' })],
  'change rows by what they hold': [
    ['update', 'read'],
    (Notes) => Notes.filter({ stars: gt(0) }).update({ body: 'x' }),
  ],
  'change rows to what others of their fields hold': [
    ['update', 'read'],
    (Notes) => Notes.filter({ id: 1 }).update({ body: columns(Note).title }),
  ],
  'change rows, and get them back': [
    ['update', 'read'],
    (Notes) => Notes.filter({ id: 1 }).returning().update({ stars: 1 }),
  ],
  'change rows, and get their keys back': [
    ['update'],
    (Notes) => Notes.filter({ id: 1 }).returning('id').update({ stars: 1 }),
  ],
  'change the first row in an order': [
    ['update', 'read'],
    (Notes) =>
      Notes.filter({ id: gt(0) })
        .limit(1)
        .update({ stars: 1 }),
  ],
  'change rows by those of another model': [
    ['update'],
    (Notes) => Notes.filter({ id: oneOf(Tag.query().select('noteId')) }).update({ stars: 1 }),
  ],
  'change rows to what those of another model hold': [
    ['update'],
    (Notes) => Notes.filter({ id: 1 }).update({ stars: Tag.filter({ noteId: 1 }).limit(1).select('noteId') }),
  ],
  'change rows by others of the same model': [
    ['update', 'read'],
    (Notes) => Notes.filter({ id: oneOf(Note.filter({ done: true }).select('id')) }).update({ stars: 1 }),
  ],
  'delete all rows': [['delete'], (Notes) => Notes.deleteAll()],
  'delete a row by its key': [['delete'], (Notes) => Notes.filter({ id: 1 }).delete()],
  'delete rows by what they hold': [['delete', 'read'], (Notes) => Notes.filter({ done: true }).delete()],
  'delete rows, and get them back': [['delete', 'read'], (Notes) => Notes.filter({ id: 1 }).returning().delete()],
  'find or create a row': [['create', 'read'], (Notes) => Notes.findOrCreate({ title: 'found or new' })],
};

describe.each(choices.map((allowed) => ({ allowed, name: allowed.join(', ') || 'nothing' })))(
  'a window that may $name',
  ({ allowed }) => {
    it('does just that', async () => {
      const db = openMain();
      const { window } = await openWindow(db, { models: [allow(Note, allowed), allow(Tag, ['read'])] });
      for (const [name, [needs, deed]] of Object.entries(deeds)) {
        Note.using(db).deleteAll();
        Note.using(db).create({ id: 1, title: 'there', stars: 3, done: true });
        const before = Note.using(db).all();
        const outcome = await attempt(window, deed);
        const mayDo = needs.every((operation) => allowed.includes(operation));
        expect({ name, outcome }).toEqual({ name, outcome: mayDo ? 'done' : 'forbidden' });
        if (!mayDo) expect(Note.using(db).all()).toEqual(before);
      }
    });

    it('does nothing with other models, nor through them', async () => {
      const db = openMain();
      Tag.using(db).create({ name: 'there' });
      const { window } = await openWindow(db, { models: [allow(Tag, allowed)] });
      for (const [, deed] of Object.values(deeds)) expect(await attempt(window, deed)).toBe('forbidden');
      const outcomes = [
        await attempt(window, () => Tag.using(window).create({ name: 'new' })),
        await attempt(window, () => Tag.using(window).count()),
        await attempt(window, () => Tag.using(window).filter({ name: 'there' }).update({ color: 'red' })),
        await attempt(window, () => Tag.using(window).filter({ name: 'there' }).delete()),
      ];
      expect(outcomes).toEqual(operations.map((operation) => (allowed.includes(operation) ? 'done' : 'forbidden')));
    });
  },
);

async function attempt(window: AsyncDatabase, deed: (Notes: typeof Note) => unknown): Promise<string> {
  try {
    await deed(at(Note, window));
    return 'done';
  } catch (error) {
    if (!(error instanceof ForbiddenError)) throw error;
    return 'forbidden';
  }
}
