import { open } from 'litemodel/sqlite-wasm';
import { Note } from './models.js';

const find = <Found extends Element>(selector: string, within: ParentNode = document) =>
  within.querySelector<Found>(selector)!;

const list = find('#notes');
const newNote = find<HTMLButtonElement>('#new');
const search = find<HTMLInputElement>('#search');
const status = find('#status');
const editor = find<HTMLDialogElement>('#editor');
const form = find<HTMLFormElement>('form', editor);
const template = find<HTMLTemplateElement>('#note');

/** By which the tabs tell each other that there is something new to see. */
const tabs = new BroadcastChannel('notes');

/** Says how it stands, and what can be done about it. */
function say(text: string, action?: { readonly name: string; readonly run: () => unknown }): void {
  status.replaceChildren(text);
  if (action === undefined) return;
  const button = Object.assign(document.createElement('button'), { type: 'button', textContent: action.name });
  button.addEventListener('click', () => void action.run());
  status.append(' ', button);
}

/** Shows what is found, unless something else is looked for by then. */
async function show(): Promise<void> {
  const text = search.value.trim();
  const [notes, count] = await Promise.all([Note.matching(text).limit(200).all(), Note.matching(text).count()]);
  if (text !== search.value.trim()) return;
  list.replaceChildren(...notes.map(itemOf));
  say(count === 1 ? '1 note' : `${count} notes`);
}

function itemOf(note: Note): HTMLElement {
  const item = find<HTMLElement>('li', template.content.cloneNode(true) as DocumentFragment);
  find('strong', item).textContent = note.title;
  find('span', item).textContent = note.body;
  const time = find<HTMLTimeElement>('time', item);
  time.dateTime = note.changedAt.toISOString();
  time.textContent = note.changedAt.toLocaleString();
  find('.open', item).addEventListener('click', () => edit(note));
  const remove = find('.delete', item);
  remove.setAttribute('aria-label', `Delete ${note.title}`);
  remove.addEventListener('click', () => void deleteNote(note));
  return item;
}

/** Shows the editor for a note, or for a new one. */
function edit(note?: Note): void {
  find('#editor-title', editor).textContent = note === undefined ? 'New note' : 'Edit note';
  find<HTMLInputElement>('#title', form).value = note?.title ?? '';
  find<HTMLTextAreaElement>('#body', form).value = note?.body ?? '';
  editor.returnValue = '';
  editor.addEventListener('close', () => editor.returnValue === 'save' && void save(note), { once: true });
  editor.showModal();
}

async function save(note?: Note): Promise<void> {
  const entered = new FormData(form);
  const fields = { title: String(entered.get('title')), body: String(entered.get('body')) };
  if (note === undefined) await Note.create(fields);
  else await note.fill(fields).save();
  await changed();
  void navigator.storage.persist(); // from now on there is something to lose
}

async function deleteNote(note: Note): Promise<void> {
  const { title, body } = note;
  await note.delete();
  await changed();
  newNote.focus();
  const undo = async () => {
    await Note.create({ title, body });
    await changed();
  };
  say(`“${title}” is deleted.`, { name: 'Undo', run: undo });
}

async function changed(): Promise<void> {
  tabs.postMessage('changed');
  await show();
}

// what nobody has caught is told, for else it would look as if all were well
addEventListener('unhandledrejection', ({ reason }) => say((reason as Error).message));
addEventListener('error', ({ message }) => say(message));

tabs.addEventListener('message', () => void show());
search.addEventListener('input', () => void show());
newNote.addEventListener('click', () => edit());
find('#cancel').addEventListener('click', () => editor.close());

await open('notes.db', { models: [Note] });
newNote.disabled = false;
await show();

if (import.meta.env.PROD) void navigator.serviceWorker.register('/offline.js');
