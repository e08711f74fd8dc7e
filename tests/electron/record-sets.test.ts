import { expect, it } from 'vitest';
import { recordSet } from 'litemodel';
import { allow } from 'litemodel/electron-main';
import { at, Membership, Note } from './models.js';
import { fill } from './queries.js';
import { openMain, openWindow } from './window.js';

it('a window writes and deletes record sets with one statement each, keys of several columns included', async () => {
  const db = openMain();
  fill(db);
  const operations = ['create', 'read', 'update', 'delete'] as const;
  const { window } = await openWindow(db, { models: [allow(Note, operations), allow(Membership, operations)] });
  const statements: string[] = [];
  const notes = recordSet(await Promise.resolve(at(Note, window).all())).async;
  const memberships = recordSet(await Promise.resolve(at(Membership, window).all())).async;
  const stop = db.onStatement(({ sql }) => statements.push(sql));
  expect(await notes.write({ title: 'x' })).toBe(notes.size);
  expect(await notes.delete()).toBe(notes.size);
  expect(await memberships.delete()).toBe(memberships.size);
  stop();
  expect(notes.size).toBeGreaterThan(1);
  expect(notes.map(({ title }) => title)).toEqual(Array.from({ length: notes.size }, () => 'x'));
  expect(statements.filter((sql) => !/^(BEGIN|COMMIT)/.test(sql))).toHaveLength(memberships.size > 0 ? 3 : 2);
  expect(Note.using(db).count()).toBe(0);
});
