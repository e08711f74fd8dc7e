/** What every error of litemodel carries besides its message. */
export interface OrmErrorOptions {
  /** What to do about it, appended to the message. */
  readonly hint?: string | undefined;
  /** The error underneath: SQLite's own, or the one a callback threw. */
  readonly cause?: unknown;
}

/**
 * The root of every error that litemodel throws.
 *
 *     try {
 *       User.create({ email: 'ann@x.org', name: 'Ann' });
 *     } catch (error) {
 *       if (error instanceof OrmError) console.error(error.code, error.message);
 *     }
 *
 * Messages name tables, columns and SQL and not the values of a row, so that they can be logged; only `DecodeError` tells the
 * primary key of the row to correct.
 */
export class OrmError extends Error {
  /** A constant such as `ORM_UNIQUE_VIOLATION`: safe to compare, the same in every release and on every driver. */
  readonly code: `ORM_${string}`;
  /** What to do about it. */
  readonly hint: string | undefined;

  constructor(code: `ORM_${string}`, message: string, options: OrmErrorOptions = {}) {
    super(
      options.hint === undefined ? message : `${message} ${options.hint}`,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.code = code;
    this.hint = options.hint;
    this.name = nameOf(code);
  }
}

/** `UniqueViolation` of `ORM_UNIQUE_VIOLATION`: the name of the class in the source, which a minifier would rename. */
function nameOf(code: string): string {
  const words = code.slice('ORM_'.length).toLowerCase().split('_');
  const name = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  return name.endsWith('Violation') ? name : `${name}Error`;
}
