import sqlJsFile from 'sql.js/dist/sql-wasm.wasm?url';
import { allow, shareDatabase } from 'litemodel/electron-main';
import { open } from 'litemodel/sqljs';
import { Account, Note as ExampleNote } from '../../examples/electron/models.js';
import { Membership, models, Note, Tag } from '../electron/models.js';
import { fill } from '../electron/queries.js';

/*
 * What Electron's main process is to its windows: a dedicated worker that has the databases, and shares them over the ports that
 * it is sent.
 */

const engine = { locateFile: () => sqlJsFile };
const db = await open(':memory:', { models, alias: 'tests', ...engine });
fill(db);
const example = await open(':memory:', { models: [ExampleNote, Account], ...engine });
await Account.create({ name: 'Ann', token: 'not for windows' });

const statements: string[] = [];
db.onStatement(({ sql }) => statements.push(sql));

const operations = ['create', 'read', 'update', 'delete'] as const;

onmessage = ({ data, ports: [port] }: MessageEvent<'tests' | 'example' | 'statements'>) => {
  if (data === 'statements') return postMessage(statements.splice(0));
  if (data === 'example') {
    shareDatabase(example, port!, { models: [allow(ExampleNote, operations), allow(Account, ['read'])] });
  } else {
    shareDatabase(db, port!, {
      models: [allow(Note, operations), allow(Tag, operations), allow(Membership, ['read'])],
    });
  }
};
postMessage([]);
