import type { EngineFailure } from '../driver/contract.js';
import { explainMisuse, notOpen, tooBigInteger } from './misuse.js';

/** SQLite's primary result codes, by their numbers from 0. https://sqlite.org/rescode.html */
const primaryNames = (
  'OK ERROR INTERNAL PERM ABORT BUSY LOCKED NOMEM READONLY INTERRUPT IOERR CORRUPT NOTFOUND FULL CANTOPEN PROTOCOL EMPTY ' +
  'SCHEMA TOOBIG CONSTRAINT MISMATCH MISUSE NOLFS AUTH FORMAT RANGE NOTADB NOTICE WARNING'
).split(' ');

/** How the extended codes of a primary one continue its name, by the number in their second byte, from 1. */
const extensions: Readonly<Record<string, string>> = {
  ERROR: 'MISSING_COLLSEQ RETRY SNAPSHOT RESERVESIZE KEY UNABLE',
  ABORT: '? ROLLBACK',
  BUSY: 'RECOVERY SNAPSHOT TIMEOUT',
  LOCKED: 'SHAREDCACHE VTAB',
  READONLY: 'RECOVERY CANTLOCK ROLLBACK DBMOVED CANTINIT DIRECTORY',
  IOERR:
    'READ SHORT_READ WRITE FSYNC DIR_FSYNC TRUNCATE FSTAT UNLOCK RDLOCK DELETE BLOCKED NOMEM ACCESS CHECKRESERVEDLOCK ' +
    'LOCK CLOSE DIR_CLOSE SHMOPEN SHMSIZE SHMLOCK SHMMAP SEEK DELETE_NOENT MMAP GETTEMPPATH CONVPATH VNODE AUTH ' +
    'BEGIN_ATOMIC COMMIT_ATOMIC ROLLBACK_ATOMIC DATA CORRUPTFS IN_PAGE',
  CORRUPT: 'VTAB SEQUENCE INDEX',
  CANTOPEN: 'NOTEMPDIR ISDIR FULLPATH CONVPATH DIRTYWAL SYMLINK',
  CONSTRAINT: 'CHECK COMMITHOOK FOREIGNKEY FUNCTION NOTNULL PRIMARYKEY TRIGGER UNIQUE VTAB ROWID PINNED DATATYPE',
  AUTH: 'USER',
};

/** The name of an extended result code, or of its primary one where the extension is not known. */
export function resultCodeName(code: number): string {
  const primary = primaryNames[code & 0xff] ?? 'UNKNOWN';
  const extension = extensions[primary]?.split(' ')[(code >> 8) - 1] ?? '?';
  return extension === '?' ? `SQLITE_${primary}` : `SQLITE_${primary}_${extension}`;
}

/** What an error that node:sqlite threw says. */
export function explainNodeSqlite(error: unknown): EngineFailure | undefined {
  const { code, errcode, message } = (error ?? {}) as { code?: unknown; errcode?: unknown; message?: unknown };
  if (code === 'ERR_SQLITE_ERROR' && typeof errcode === 'number') {
    return { sqliteCode: resultCodeName(errcode), message: String(message) };
  }
  return explainMisuse(inOurWords(code, String(message)) ?? error);
}

/** What Node found before SQLite did, as the other drivers say it. */
function inOurWords(code: unknown, message: string): Error | undefined {
  if (code === 'ERR_INVALID_STATE') return notOpen(); // nor is a statement that was finalized with its database
  if (code === 'ERR_INVALID_ARG_VALUE' && message.startsWith('BigInt value is too large')) return tooBigInteger();
  return undefined;
}
