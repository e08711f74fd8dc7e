import { join } from 'node:path';
import { app, BrowserWindow, ipcMain, MessageChannelMain } from 'electron';
import { open } from 'litemodel/better-sqlite3';
import { allow, shareDatabase } from 'litemodel/electron-main';
import { Account, Note } from './models.js';

await app.whenReady();
const db = open(join(app.getPath('userData'), 'notes.db'), { models: [Note, Account] });
await Account.findOrCreate({ name: 'me' }, { token: crypto.randomUUID() });

const window = new BrowserWindow({ webPreferences: { preload: join(import.meta.dirname, 'preload.cjs') } });

// a window asks when it is loaded, and again when it is reloaded
ipcMain.on('database', ({ senderFrame }) => {
  if (senderFrame === null || senderFrame !== window.webContents.mainFrame) return;
  const { port1, port2 } = new MessageChannelMain();
  shareDatabase(db, port1, {
    models: [allow(Note, ['create', 'read', 'update', 'delete']), allow(Account, ['read'])],
  });
  senderFrame.postMessage('database', null, [port2]);
});

await window.loadFile(join(import.meta.dirname, 'index.html'));

app.on('window-all-closed', () => app.quit());
app.on('will-quit', () => db.close());
