import type { EngineFailure } from '../driver/contract.js';
import { explainMisuse } from './misuse.js';
import type { RawDatabase } from './sqljs-module.js';

const resultCodes = (
  'OK ERROR INTERNAL PERM ABORT BUSY LOCKED NOMEM READONLY INTERRUPT IOERR CORRUPT NOTFOUND FULL CANTOPEN PROTOCOL EMPTY ' +
  'SCHEMA TOOBIG CONSTRAINT MISMATCH MISUSE NOLFS AUTH FORMAT RANGE NOTADB'
).split(' ');

/** How SQLite's message begins for each kind of constraint; it has no extended result codes in sql.js. */
const constraints: readonly (readonly [RegExp, string])[] = [
  [/^UNIQUE constraint failed: /, 'UNIQUE'],
  [/^NOT NULL constraint failed: /, 'NOTNULL'],
  [/^CHECK constraint failed: /, 'CHECK'],
  [/^FOREIGN KEY constraint failed$/, 'FOREIGNKEY'],
  [/^cannot store \w+ value in \w+ column /, 'DATATYPE'],
];

/** The message of a constraint of a virtual table or a hook; any other that is not in the list above, a trigger raised. */
const otherConstraint = /(^|\w )constraint failed/;

/** Makes the errors of a database carry the result code, which sql.js hands to this method and then drops. */
export function keepResultCodes(database: RawDatabase): void {
  const handleError = database.handleError.bind(database);
  database.handleError = (resultCode) => {
    try {
      return handleError(resultCode);
    } catch (error) {
      throw Object.assign(error as Error, { resultCode });
    }
  };
}

/** What an error that sql.js threw says. */
export function explainSqlJs(error: unknown): EngineFailure | undefined {
  const { resultCode, message } = (error ?? {}) as { resultCode?: unknown; message?: unknown };
  if (typeof resultCode !== 'number' || typeof message !== 'string') return explainMisuse(error);
  const name = resultCodes[resultCode & 0xff] ?? 'UNKNOWN';
  return { sqliteCode: name === 'CONSTRAINT' ? constraintCode(message) : `SQLITE_${name}`, message };
}

function constraintCode(message: string): string {
  const kind = constraints.find(([beginning]) => beginning.test(message))?.[1];
  if (kind !== undefined) return `SQLITE_CONSTRAINT_${kind}`;
  return otherConstraint.test(message) ? 'SQLITE_CONSTRAINT' : 'SQLITE_CONSTRAINT_TRIGGER';
}
