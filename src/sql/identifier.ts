import { QueryError } from '../errors/index.js';

/**
 * A name written so that SQLite reads it as a name and nothing else: in double quotes, with quotes inside doubled.
 * Every identifier in every statement passes through here. https://sqlite.org/lang_keywords.html
 */
export function quote(name: string): string {
  if (name === '' || name.includes('\0') || !name.isWellFormed()) {
    throw new QueryError(`${JSON.stringify(name)} cannot be the name of a table or column.`);
  }
  return `"${name.replaceAll('"', '""')}"`;
}
