import { open } from 'litemodel/electron-renderer';
import { Account, Note } from './models.js';

/** What the preload script gives to the page. */
declare const askForDatabase: () => void;

const port = await new Promise<MessagePort>((resolve) => {
  window.addEventListener('message', ({ source, data, ports }) => {
    if (source === window && data === 'database') resolve(ports[0]!); // a frame in the page can send messages, too
  });
  askForDatabase();
});
await open(port, { models: [Note, Account] });

const form = document.querySelector('form')!;
const list = document.querySelector('ul')!;

async function show(): Promise<void> {
  const notes = await Note.query().orderBy(['createdAt', 'desc']).limit(100).all();
  list.replaceChildren(
    ...notes.map(({ title }) => Object.assign(document.createElement('li'), { textContent: title })),
  );
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  const title = String(new FormData(form).get('title'));
  form.reset();
  void Note.create({ title }).then(show);
});

document.querySelector('h1')!.textContent = `Notes of ${(await Account.query().one()).name}`;
await show();
