import { open } from 'litemodel/better-sqlite3';
import { allow, shareDatabase } from 'litemodel/electron-main';
import { Note } from './models.js';

// instead of main: utilityProcess.fork('dist/utility.js', [path]), and postMessage(null, [port]) for each window
const db = open(process.argv[2]!, { models: [Note] });

process.parentPort.on('message', ({ ports }) => {
  for (const port of ports) shareDatabase(db, port, { models: [allow(Note, ['create', 'read', 'update', 'delete'])] });
});
