import { literal } from './literal.js';
import type { SchemaNames, TableReference } from './syntax.js';
import type { SqlValue } from './value.js';

/** How a statement is written, where it is not the usual way. */
export interface WriterOptions {
  /** `literal` writes values into the text: for DDL, which binds no parameters, and for text to paste. */
  readonly values?: 'bind' | 'literal';
  /** `bare` never names a column's table: for DDL, which knows only its own. */
  readonly columns?: 'bare' | 'where needed';
}

/** Keeps one instance alive: when the last one of a class is collected, V8 drops the code made for their shape. */
let kept: SqlWriter | undefined;

/** Collects the text of a statement and its parameters, in step. */
export class SqlWriter {
  text = '';
  readonly parameters: SqlValue[] = [];
  readonly schemaNames: SchemaNames;
  /** Whether a column is now written with its table's name before it: in a subquery or fragment, but not in DDL. */
  qualified = false;
  /** The table that the statement is about, whose columns need no table's name before them. */
  table: TableReference | undefined;
  /** Where the rows stand whose keys were bound; `undefined` for most statements. */
  tablesOfKeys: Set<object> | undefined;
  readonly #options: WriterOptions;

  constructor(schemaNames: SchemaNames, options: WriterOptions = {}) {
    this.schemaNames = schemaNames;
    this.#options = options;
    kept ??= this;
  }

  write(text: string): void {
    this.text += text;
  }

  bind(value: SqlValue): void {
    if (this.#options.values === 'literal') {
      this.text += literal(value);
    } else {
      this.text += '?';
      this.parameters.push(value);
    }
  }

  /** Writes each item, with the separator between each two. */
  list<T>(items: readonly T[], separator: string, write: (item: T) => void): void {
    for (let index = 0; index < items.length; index++) {
      if (index > 0) this.text += separator;
      write(items[index]!);
    }
  }

  /** Whether a column must have its table's name before it. */
  qualifies(table: TableReference): boolean {
    return this.qualified || table.alias !== undefined || (this.table !== undefined && this.table !== table);
  }

  /** Writes with column names qualified, and goes back to what was. */
  qualifying(write: () => void): void {
    const { qualified, table } = this;
    this.qualified = this.#options.columns !== 'bare';
    write();
    this.qualified = qualified;
    this.table = table;
  }
}
