import { errorsByCode } from '../errors/index.js';

/** An error as it travels: the structured clone algorithm keeps neither its class nor its fields. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Its own fields, as far as they can travel. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly cause: PlainCause | undefined;
}

/** What an error was caused by: most likely another one. */
type PlainCause = { readonly error: PlainError } | { readonly value: unknown };

/** How many causes of causes travel, for somebody may have made a circle of them. */
const longestChain = 8;

/** What an error is made of, without anything that cannot travel. */
export function toPlainError(thrown: unknown, chain = longestChain): PlainError {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const { name, message, stack, cause } = error;
  const fields = Object.entries(error).filter(([key, value]) => key !== 'cause' && canTravel(value));
  return { name, message, stack, fields: Object.fromEntries(fields), cause: toPlainCause(cause, chain - 1) };
}

function toPlainCause(cause: unknown, chain: number): PlainCause | undefined {
  if (cause === undefined || chain === 0) return undefined;
  if (cause instanceof Error) return { error: toPlainError(cause, chain) };
  return canTravel(cause) ? { value: cause } : undefined;
}

function canTravel(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}

/** The error again: of our class by its code, of a class of the language by its name, or an `Error` of that name. */
export function fromPlainError({ name, message, stack, fields, cause }: PlainError): Error {
  const error = new Error(message);
  Object.setPrototypeOf(error, prototypeOf(name, fields['code']));
  Object.assign(error, fields);
  if (error.name !== name) setHidden(error, 'name', name);
  setHidden(error, 'stack', stack);
  if (cause !== undefined) setHidden(error, 'cause', 'error' in cause ? fromPlainError(cause.error) : cause.value);
  return error;
}

const languageErrors: Readonly<Record<string, { readonly prototype: Error }>> = {
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
};

function prototypeOf(name: string, code: unknown): Error {
  if (typeof code === 'string' && Object.hasOwn(errorsByCode, code)) return errorsByCode[code]!.prototype;
  return Object.hasOwn(languageErrors, name) ? languageErrors[name]!.prototype : Error.prototype;
}

function setHidden(error: Error, name: string, value: unknown): void {
  Object.defineProperty(error, name, { value, configurable: true, writable: true });
}
