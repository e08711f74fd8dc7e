import * as errors from '../errors/index.js';

/** An error as it travels: the structured clone algorithm keeps neither classes nor fields. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly cause: PlainError | undefined;
}

/** What an error is made of, without anything that cannot travel. */
export function toPlainError(error: unknown): PlainError {
  if (!(error instanceof Error))
    return { name: 'Error', message: String(error), stack: undefined, fields: {}, cause: undefined };
  const { name, message, stack, cause } = error;
  const fields = Object.fromEntries(Object.entries(error).filter(([key, value]) => key !== 'cause' && isPlain(value)));
  return { name, message, stack, fields, cause: cause === undefined ? undefined : toPlainError(cause) };
}

/** The error again, of the class that it had if that is one of ours or of the language. */
export function fromPlainError({ name, message, stack, fields, cause }: PlainError): Error {
  const error = Object.create(prototypeOf(name)) as Error;
  const hidden = { configurable: true, writable: true };
  Object.defineProperties(error, { message: { value: message, ...hidden }, stack: { value: stack, ...hidden } });
  Object.assign(error, fields, { name });
  if (cause !== undefined) Object.defineProperty(error, 'cause', { value: fromPlainError(cause), ...hidden });
  return error;
}

const known: Readonly<Record<string, unknown>> = { ...errors, TypeError, RangeError, SyntaxError };

function prototypeOf(name: string): object {
  const constructor = Object.hasOwn(known, name) ? known[name] : undefined;
  const isError = typeof constructor === 'function' && constructor.prototype instanceof Error;
  return isError ? (constructor.prototype as object) : Error.prototype;
}

/** Whether a value, or each in an array, is one that can travel. */
const isPlain = (value: unknown): boolean =>
  Array.isArray(value)
    ? value.every(isPlain)
    : typeof value !== 'function' && typeof value !== 'symbol' && !isForeign(value);

const isForeign = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !(value instanceof Uint8Array) && !(value instanceof Date);
