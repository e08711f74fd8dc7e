import fc from 'fast-check';
import { expect, it, onTestFinished, vi } from 'vitest';
import { ConnectionLostError, ForbiddenError, UniqueViolation, type AsyncDatabase } from 'litemodel';
import { open } from 'litemodel/electron-renderer';
import { at, Membership, models, Note, Secret, Tag } from '../electron/models.js';
import { answer, query } from '../electron/queries.js';

/*
 * Real ports of a real Chromium, with a page at one end and a worker at the other: what a window of Electron has. Electron's own
 * process is not here; its end of the line is tried in tests/electron, over Node's ports.
 */

const owner = new Worker(new URL('./renderer-owner.ts', import.meta.url), { type: 'module' });
await new Promise((resolve, reject) => {
  owner.onmessage = resolve;
  owner.onerror = ({ message }) => reject(new Error(message));
});

/** The end of a line that is not the worker's. */
function portTo(database: 'tests' | 'example'): MessagePort {
  const { port1, port2 } = new MessageChannel();
  owner.postMessage(database, [port1]);
  return port2;
}

/** The SQL that the worker has run since it was asked last. */
const statements = () =>
  new Promise<string[]>((resolve) => {
    owner.onmessage = ({ data }: MessageEvent<string[]>) => resolve(data);
    owner.postMessage('statements');
  });

let opened = 0;

async function openWindow(): Promise<AsyncDatabase> {
  const window = await open(portTo('tests'), { models, alias: `window ${++opened}` });
  onTestFinished(() => window.close());
  return window;
}

it('creates, reads, changes and deletes over a port of the browser, with values of every kind', async () => {
  const Notes = Note.using(await openWindow());
  const given = {
    title: 'über',
    body: null,
    price: '12.50',
    size: 2n ** 62n,
    seenAt: new Date(1_700_000_000_000),
    day: '2026-11-21',
    settings: { nested: { depth: null } },
    data: Uint8Array.of(0, 255),
  };
  const note = await Notes.create(given);
  expect(await Notes.findById(note.id)).toMatchObject(given);
  note.data = Uint8Array.of(7);
  await note.async.save();
  expect(await Notes.filter({ id: note.id, size: 2n ** 62n }).pluck('data')).toEqual([Uint8Array.of(7)]);
  expect(await note.async.delete()).toBe(true);
});

it('sends syntax of which the owner makes the same SQL as the page', { timeout: 60_000 }, async () => {
  const window = await openWindow();
  const compiled: string[] = [];
  let count = 0;
  window.onStatement(({ sql }) => compiled.push(sql));
  await fc.assert(
    fc.asyncProperty(query, answer, async (from, ask) => {
      compiled.length = 0;
      await statements();
      await Promise.resolve(ask(from(at(Note, window)))).catch(() => undefined);
      expect(await statements()).toEqual(compiled);
      count += compiled.length;
    }),
    { numRuns: 300 },
  );
  expect(count).toBeGreaterThan(250); // a query of no rows is not asked
});

it('gives errors their class, those of what is not allowed among them', async () => {
  const window = await openWindow();
  await expect(Tag.using(window).create({ name: 'tag 1' })).rejects.toThrow(UniqueViolation);
  await expect(Secret.using(window).all()).rejects.toThrow(ForbiddenError);
  await expect(Membership.using(window).deleteAll()).rejects.toThrow(ForbiddenError);
  await expect(Note.using(window).filter({ secret: 'x' }).count()).rejects.toThrow(ForbiddenError);
  expect(await statements()).toEqual([
    'INSERT INTO "tags" ("name", "color", "note_id") VALUES (?, ?, ?)', // all the others were not run
  ]);
});

it('rolls back what a frame has begun that goes away, and lets the others go on', async () => {
  const stays = await openWindow();
  const frame = document.body.appendChild(document.createElement('iframe'));
  const { port1, port2 } = new MessageChannel();
  const heard = new Promise<MessagePort>((resolve) => {
    frame.contentWindow!.addEventListener('message', ({ ports }) => resolve(ports[0]!));
  });
  owner.postMessage('tests', [port1]);
  frame.contentWindow!.postMessage('database', '*', [port2]);
  const window = await open(await heard, { models, alias: 'frame' });
  const tx = await window.begin();
  await Tag.using(tx).create({ name: 'lost' });
  const waiting = Tag.using(stays).filter({ name: 'lost' }).count();
  frame.remove(); // the port goes with it
  expect(await waiting).toBe(0);
  expect((await statements()).slice(-3)).toEqual([
    'INSERT INTO "tags" ("name", "color", "note_id") VALUES (?, ?, ?)',
    'ROLLBACK',
    'SELECT count(*) FROM "tags" WHERE "name" = ?',
  ]);
});

it('says that the owner is gone when it hangs up', async () => {
  const port = portTo('tests');
  const window = await open(port, { models, alias: 'hung up' });
  port.postMessage('what is none of ours');
  await expect(Tag.using(window).count()).rejects.toThrow(ConnectionLostError);
});

it('runs the page of examples/electron', async () => {
  document.body.innerHTML = '<h1></h1><form><input name="title" /></form><ul></ul>';
  Object.assign(globalThis, { askForDatabase: () => window.postMessage('database', '*', [portTo('example')]) });
  await import('../../examples/electron/renderer.js');
  const text = (selector: string) => document.querySelector(selector)!.textContent;
  expect([text('h1'), text('ul')]).toEqual(['Notes of Ann', '']);
  document.querySelector('input')!.value = 'First note';
  document.querySelector('form')!.requestSubmit();
  await vi.waitFor(() => expect(text('ul')).toBe('First note'));
});
