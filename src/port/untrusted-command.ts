import {
  compile,
  type CompiledStatement,
  type EngineCommand,
  type SchemaNames,
  type SqlValue,
  type TransactionMode,
} from '../sql/index.js';
import { flagOf, listOf, objectOf, wordOf } from './untrusted-data.js';
import type { Grants } from './untrusted-grant.js';
import { readStatement } from './untrusted-statement.js';
import { refuseSql, SyntaxReader } from './untrusted-syntax.js';

/** As many as SQLite takes. https://sqlite.org/limits.html#max_variable_number */
const mostValues = 32_766;

const methods = { all: 0, run: 0, named: 0, names: 0, script: 0, begin: 0, commit: 0, rollBack: 0 };
const modes: Readonly<Record<TransactionMode, true>> = { deferred: true, immediate: true, exclusive: true };

/**
 * Makes a command of what came over a port, of which nothing is believed: a statement is built anew from its syntax, out of what
 * is granted. Throws `ForbiddenError` for everything else.
 */
export function admit(command: unknown, grants: Grants, schemaNames: SchemaNames): EngineCommand {
  const node = objectOf(command, ['method', 'statement', 'parameters', 'text', 'mode', 'savepoint']);
  const method = wordOf(node['method'], methods);
  switch (method) {
    case 'all':
    case 'run': {
      const values = listOf(node['parameters'], 0, mostValues);
      return { method, ...admitStatement(node['statement'], values, grants, schemaNames) };
    }
    case 'begin':
      return { method, mode: wordOf(node['mode'], modes), savepoint: savepointOf(node['savepoint']) };
    case 'commit':
    case 'rollBack':
      return { method, savepoint: savepointOf(node['savepoint']) };
    default:
      throw refuseSql();
  }
}

/** Only whether it is one; its name is ours. */
const savepointOf = (name: unknown): string | undefined => (name === undefined ? undefined : 'savepoint');

interface AdmittedStatement {
  readonly statement: CompiledStatement;
  readonly parameters: readonly SqlValue[];
}

function admitStatement(
  sent: unknown,
  values: readonly unknown[],
  grants: Grants,
  schemaNames: SchemaNames,
): AdmittedStatement {
  const { syntax, bigints, reads } = objectOf(sent, ['sql', 'bigints', 'reads', 'syntax']);
  if (syntax === undefined) throw refuseSql();
  const reader = new SyntaxReader(grants, values);
  const statement = readStatement(reader, syntax);
  reader.finish();
  const { sql, parameters } = compile(statement, schemaNames);
  checkOrder(values, parameters);
  const isRead = statement.kind === 'select' && reads === true; // a read may have to be where writes are
  return { statement: { sql, bigints: flagOf(bigints), reads: isRead }, parameters };
}

/** Values are sent in the order in which they are bound, and some of ours may stand between them. A swap would be another statement. */
function checkOrder(sent: readonly unknown[], bound: readonly SqlValue[]): void {
  let next = 0;
  for (const value of bound) if (next < sent.length && Object.is(value, sent[next])) next++;
  if (next === sent.length) return;
  throw new Error('litemodel reads the values of a statement in another order than it writes them.');
}
