import type { Expression, InList, Statement, TableReference } from './syntax.js';

/**
 * A statement, or a part of one, as plain data, for an engine that lets nobody send text: tables by their names, and neither
 * values, which are sent beside it in the order in which they are bound, nor what stays the same whatever it is read for.
 *
 *     { kind: 'delete', from: 'users', where: { kind: 'binary', operator: '=', left: …, right: { kind: 'parameter' } } }
 *
 * It is a copy of what the statement says now: a part that asks for its text each time, as a query in a condition does, is
 * asked here.
 */
export function plainSyntax(node: Statement | Expression): unknown {
  return plain(node);
}

function plain(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(plain);
  if (typeof part !== 'object' || part === null) return part;
  const node = part as Statement | Expression | TableReference | InList;
  switch (node.kind) {
    case 'table':
      return node.alias === undefined ? node.name : { name: node.name, alias: node.alias };
    case 'column':
      return { kind: 'column', table: plain(node.table), name: node.name };
    case 'keyValue':
      return { kind: 'parameter' };
    case 'parameter':
    case 'json':
      return { kind: node.kind };
    case 'jsonRows':
      return { kind: 'jsonRows', width: node.width };
    case 'literal':
      return { kind: 'literal', value: node.value };
    default:
      return plainParts(node);
  }
}

function plainParts(node: object): object {
  const parts = Object.entries(node).filter(([, part]) => part !== undefined);
  return Object.fromEntries(parts.map(([name, part]) => [name, name === 'offset' ? true : plain(part)]));
}
