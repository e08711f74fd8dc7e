import { DefinitionError } from '../errors/index.js';

/** How names of tables and columns follow from those of classes and fields. */
export type Naming = 'snake_case' | 'as written';

/** `createdAt` → `created_at`, `HTTPServer2` → `http_server2`. */
export function snakeCase(name: string): string {
  return name
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

export const columnName = (property: string, naming: Naming): string =>
  naming === 'snake_case' ? snakeCase(property) : property;

/** The name of a table whose decorator gives none. Minifiers rename classes, and a renamed class must not find an empty table. */
export function tableName(className: string, naming: Naming): string {
  if (className.length < 3) {
    throw new DefinitionError(
      `The class name "${className}" is too short to name a table by.`,
      'Minifiers shorten class names, so give the table its own: @table("users").',
    );
  }
  return columnName(className, naming);
}
