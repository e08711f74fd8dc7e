/**
 * The rules that come with the library, for `validate`: `rules.email()`, `rules.min(18)`.
 *
 * @module
 */
import { check, optionsOf, plainRule, Rule, type RuleOptions } from './rule.js';

export { unique, type UniqueOptions } from './unique.js';

/** Something with a length: text, in characters, or an array or bytes, in elements. */
export interface Sized {
  readonly length: number;
}

const sizeOf = (value: Sized | string): number => (typeof value === 'string' ? [...value].length : value.length);

function checkLength(name: string, length: number): void {
  check(name, Number.isSafeInteger(length) && length >= 0, 'a whole number that is not negative');
}

/** Neither null nor left out, and for text not empty or of blanks alone. A column that is not nullable asks for the first by itself. */
export function required(options?: RuleOptions): Rule<unknown> {
  const { message = 'is required' } = optionsOf('required', options);
  return new Rule('required', message, (value) => isGiven(value), true);
}

const isGiven = (value: unknown): boolean =>
  typeof value === 'string' ? value.trim() !== '' : value !== null && value !== undefined;

/** Text of at least so many characters, as SQLite counts them, or an array or bytes of as many elements. */
export function minLength(least: number, options?: RuleOptions): Rule<Sized> {
  checkLength('minLength', least);
  return plainRule(
    'minLength',
    `must have a length of at least ${least}`,
    (value: Sized) => sizeOf(value) >= least,
    options,
  );
}

/** Text of at most so many characters, as SQLite counts them, or an array or bytes of as many elements. */
export function maxLength(most: number, options?: RuleOptions): Rule<Sized> {
  checkLength('maxLength', most);
  return plainRule(
    'maxLength',
    `must have a length of at most ${most}`,
    (value: Sized) => sizeOf(value) <= most,
    options,
  );
}

/** Text of exactly so many characters, or an array or bytes of as many elements. */
export function length(exact: number, options?: RuleOptions): Rule<Sized> {
  checkLength('length', exact);
  return plainRule('length', `must have a length of ${exact}`, (value: Sized) => sizeOf(value) === exact, options);
}

/** What stands in an order. */
export type Ordered = number | bigint | Date;

/** Numbers are compared with either kind of number, dates with dates. */
export type SameOrder<Bound extends Ordered> = Bound extends Date ? Date : number | bigint;

const shown = (bound: Ordered): string => (bound instanceof Date ? bound.toISOString() : String(bound));

const isOrdered = (bound: unknown): boolean =>
  bound instanceof Date
    ? !Number.isNaN(bound.getTime())
    : typeof bound === 'bigint' || (typeof bound === 'number' && !Number.isNaN(bound));

function checkBound(name: string, bound: unknown): void {
  check(name, isOrdered(bound), 'a number, a bigint or a valid Date');
}

/** Not below a bound: `min(18)`, `min(new Date('2026-01-01'))`. */
export function min<Bound extends Ordered>(least: Bound, options?: RuleOptions): Rule<SameOrder<Bound>> {
  checkBound('min', least);
  return plainRule('min', `must be at least ${shown(least)}`, (value: Ordered) => value >= least, options);
}

/** Not above a bound. */
export function max<Bound extends Ordered>(most: Bound, options?: RuleOptions): Rule<SameOrder<Bound>> {
  checkBound('max', most);
  return plainRule('max', `must be at most ${shown(most)}`, (value: Ordered) => value <= most, options);
}

/** Not outside of two bounds. */
export function between<Bound extends Ordered>(
  least: Bound,
  most: Bound,
  options?: RuleOptions,
): Rule<SameOrder<Bound>> {
  checkBound('between', least);
  checkBound('between', most);
  check('between', least instanceof Date === most instanceof Date, 'two numbers or two dates');
  check('between', least <= most, 'the lower bound first');
  const message = `must be between ${shown(least)} and ${shown(most)}`;
  return plainRule('between', message, (value: Ordered) => value >= least && value <= most, options);
}

/** A number without a fraction. */
export const integer = (options?: RuleOptions): Rule<number | bigint> =>
  plainRule(
    'integer',
    'must be a whole number',
    (value: number | bigint) => typeof value === 'bigint' || Number.isInteger(value),
    options,
  );

/** More than 0. */
export const positive = (options?: RuleOptions): Rule<number | bigint> =>
  plainRule('positive', 'must be more than 0', (value: number | bigint) => value > 0, options);

/** One of several values. A column by `choice` asks for that by itself. */
export function oneOf<Value extends string | number | bigint | boolean>(
  values: readonly Value[],
  options?: RuleOptions,
): Rule<Wide<Value>> {
  check('oneOf', Array.isArray(values) && values.length > 0, 'an array of at least one value');
  const message = `must be one of ${values.map(String).join(', ')}`;
  return plainRule('oneOf', message, (value: unknown) => values.includes(value as Value), options);
}

/** The type of a literal. */
export type Wide<Value> = Value extends string
  ? string
  : Value extends number
    ? number
    : Value extends bigint
      ? bigint
      : boolean;

/** Text that a regular expression finds something in. For the whole of it write `/^…$/`. */
export function pattern(expression: RegExp, options?: RuleOptions): Rule<string> {
  check('pattern', expression instanceof RegExp, 'a regular expression');
  const stateless = new RegExp(expression.source, expression.flags.replace(/[gy]/g, '')); // those go on where they ended
  return plainRule('pattern', 'does not have the right form', (value: string) => stateless.test(value), options);
}

const address = /^(?=.{1,254}$)(?=[^@]{1,64}@)[^\s@"(),:;<>[\\\].]+(?:\.[^\s@"(),:;<>[\\\].]+)*@[^@]+$/u;
const domain = /^(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)+[\p{L}\p{N}-]{2,63}$/u;

/** An address of electronic mail, as people have them: no quotes, no comments, a domain with a dot. Whether it exists is not asked. */
export const email = (options?: RuleOptions): Rule<string> =>
  plainRule(
    'email',
    'must be an e-mail address',
    (value: string) => address.test(value) && domain.test(value.slice(value.lastIndexOf('@') + 1)),
    options,
  );

/** The options of `url`. */
export interface UrlOptions extends RuleOptions {
  /** The protocols that are taken; `['http', 'https']` unless said. */
  readonly protocols?: readonly string[];
}

/** An absolute URL. https://url.spec.whatwg.org */
export function url(options?: UrlOptions): Rule<string> {
  const { protocols = ['http', 'https'] } = optionsOf('url', options);
  check('url', Array.isArray(protocols) && protocols.length > 0, "its protocols as an array: { protocols: ['https'] }");
  const test = (value: string): boolean => {
    const protocol = /^([a-z][a-z\d+.-]*):/i.exec(value)?.[1];
    return protocol !== undefined && protocols.includes(protocol.toLowerCase()) && isUrl(value);
  };
  return plainRule('url', 'must be a URL', test, options);
}

function isUrl(value: string): boolean {
  if (/\s/.test(value)) return false; // which the parser leaves out
  try {
    return new URL(value).href !== '';
  } catch {
    return false;
  }
}

/** A UUID, in letters of either case. https://www.rfc-editor.org/rfc/rfc9562 */
export const uuid = (options?: RuleOptions): Rule<string> =>
  plainRule(
    'uuid',
    'must be a UUID',
    (value: string) => /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i.test(value),
    options,
  );

/** The options of `ip`. */
export interface IpOptions extends RuleOptions {
  /** Of which version; of either unless said. */
  readonly version?: 4 | 6;
}

/** An IP address, without a port or a mask. */
export function ip(options?: IpOptions): Rule<string> {
  const { version } = optionsOf('ip', options);
  check('ip', version === undefined || version === 4 || version === 6, 'version 4 or 6');
  const test = (value: string): boolean => (version !== 6 && isIpv4(value)) || (version !== 4 && isIpv6(value));
  return plainRule(
    'ip',
    `must be an IP address${version === undefined ? '' : ` of version ${version}`}`,
    test,
    options,
  );
}

const isIpv4 = (value: string): boolean =>
  /^\d{1,3}(?:\.\d{1,3}){3}$/.test(value) &&
  value.split('.').every((part) => Number(part) <= 255 && String(Number(part)) === part);

const isIpv6 = (value: string): boolean =>
  /^[\da-f:.]+$/i.test(value) && value.includes(':') && isUrl(`http://[${value}]/`);

/** Text of letters and digits of any script, and nothing else. */
export const alphanumeric = (options?: RuleOptions): Rule<string> =>
  plainRule(
    'alphanumeric',
    'must have letters and digits only',
    (value: string) => /^[\p{L}\p{M}\p{N}]*$/u.test(value),
    options,
  );

/** Text of the digits 0 to 9, and nothing else. */
export const digits = (options?: RuleOptions): Rule<string> =>
  plainRule('digits', 'must have digits only', (value: string) => /^\d*$/.test(value), options);
