import { describe, expect, it } from 'vitest';
import { DefinitionError, rule, rules, type Rule } from 'litemodel';

/** What a rule says of a value; `true` where it is met. */
function verdict(each: Rule<never>, value: unknown): unknown {
  const program = each.flaws(value, {} as never);
  const { done, value: flaws } = program.next();
  expect(done).toBe(true); // it asks nobody
  const [flaw] = flaws as { path: string; message: string }[];
  if (flaw === undefined) return true;
  expect(flaw.path).toBe('');
  return flaw.message;
}

type Row = [name: string, rule: Rule<never>, message: string, good: readonly unknown[], bad: readonly unknown[]];

const table: readonly Row[] = [
  [
    'required',
    rules.required(),
    'is required',
    ['x', ' x ', 0, false, 0n, [], new Date(0), {}],
    ['', '  ', '\n\t', null, undefined],
  ],
  [
    'minLength',
    rules.minLength(2),
    'must have a length of at least 2',
    ['ab', '🦉🦉', [1, 2], new Uint8Array(2)],
    ['', 'a', '🦉', [1], new Uint8Array(1)],
  ],
  [
    'maxLength',
    rules.maxLength(2),
    'must have a length of at most 2',
    ['', 'ab', '🦉🦉', [1, 2], new Uint8Array()],
    ['abc', [1, 2, 3], new Uint8Array(3)],
  ],
  ['length', rules.length(2), 'must have a length of 2', ['ab', '🦉🦉', [1, 2]], ['', 'a', 'abc', [1]]],
  ['min', rules.min(3), 'must be at least 3', [3, 3.5, 4n, 3n, Infinity], [2.9, -3, 2n, NaN]],
  ['min', rules.min(3n), 'must be at least 3', [3, 3n, 2n ** 70n], [2, 2n]],
  [
    'min',
    rules.min(new Date(5)),
    'must be at least 1970-01-01T00:00:00.005Z',
    [new Date(5), new Date(6)],
    [new Date(4)],
  ],
  ['max', rules.max(3), 'must be at most 3', [3, -4, 3n, 2n], [3.1, 4n, NaN]],
  [
    'max',
    rules.max(new Date(5)),
    'must be at most 1970-01-01T00:00:00.005Z',
    [new Date(5), new Date(4)],
    [new Date(6)],
  ],
  ['between', rules.between(1, 3), 'must be between 1 and 3', [1, 2.5, 3, 3n], [0.9, 3.1, 4n, NaN]],
  [
    'between',
    rules.between(new Date(1), new Date(3)),
    'must be between 1970-01-01T00:00:00.001Z and 1970-01-01T00:00:00.003Z',
    [new Date(1), new Date(3)],
    [new Date(0), new Date(4)],
  ],
  ['integer', rules.integer(), 'must be a whole number', [0, -3, 2 ** 60, 5n], [0.5, NaN, Infinity]],
  ['positive', rules.positive(), 'must be more than 0', [0.1, 1, 1n], [0, -1, 0n, NaN]],
  ['oneOf', rules.oneOf(['a', 'b']), 'must be one of a, b', ['a', 'b'], ['A', '', 'ab']],
  ['oneOf', rules.oneOf([1, 2]), 'must be one of 1, 2', [1, 2], [3, '1', 1n]],
  ['pattern', rules.pattern(/b/), 'does not have the right form', ['abc', 'b'], ['', 'a', 'B']],
  ['pattern', rules.pattern(/^b$/gi), 'does not have the right form', ['b', 'B', 'b'], ['bb', 'b\n']],
  ['pattern', rules.pattern(/b/y), 'does not have the right form', ['b', 'ab', 'b'], ['a']],
  [
    'email',
    rules.email(),
    'must be an e-mail address',
    [
      'ann@x.org',
      'a.b+c@mail.x.co.uk',
      "o'neil@x.org",
      'a_b-c@x-y.org',
      'jürgen@münchen.de',
      '1@2.io',
      `${'a'.repeat(64)}@x.org`,
    ],
    [
      '',
      'ann',
      'ann@',
      '@x.org',
      'ann@x',
      'ann@@x.org',
      'a@b@x.org',
      'ann @x.org',
      'ann@x.org ',
      'ann@x..org',
      'ann@-x.org',
      'ann@x-.org',
      '.a@x.org',
      'a.@x.org',
      'a..b@x.org',
      'a,b@x.org',
      '<a@x.org>',
      'ann@x.o',
      'ann@x.org\n',
      `${'a'.repeat(65)}@x.org`,
      `a@${'x'.repeat(250)}.org`,
      'ann@[127.0.0.1]',
    ],
  ],
  [
    'url',
    rules.url(),
    'must be a URL',
    [
      'https://x.org',
      'HTTP://x.org/a?b=c#d',
      'http://localhost:8080',
      'https://user:pw@x.org',
      'http://[::1]/',
      'https://münchen.de/ä',
    ],
    [
      '',
      'x.org',
      '//x.org',
      '/a',
      'ftp://x.org',
      'mailto:a@x.org',
      'javascript:alert(1)',
      'https://',
      'https:// x.org',
      ' https://x.org',
      'https://x.org/a\nb',
      'http://x.org:99999',
    ],
  ],
  [
    'url',
    rules.url({ protocols: ['mailto', 'ftp'] }),
    'must be a URL',
    ['mailto:a@x.org', 'ftp://x.org'],
    ['https://x.org'],
  ],
  [
    'uuid',
    rules.uuid(),
    'must be a UUID',
    [
      'f81d4fae-7dec-4bd0-a765-00a0c91e6bf6',
      'F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6',
      '00000000-0000-0000-0000-000000000000',
    ],
    [
      '',
      'f81d4fae7dec4bd0a76500a0c91e6bf6',
      'f81d4fae-7dec-4bd0-a765-00a0c91e6bf',
      'g81d4fae-7dec-4bd0-a765-00a0c91e6bf6',
      '{f81d4fae-7dec-4bd0-a765-00a0c91e6bf6}',
      'f81d4fae-7dec-4bd0-a765-00a0c91e6bf6\n',
    ],
  ],
  [
    'ip',
    rules.ip(),
    'must be an IP address',
    [
      '127.0.0.1',
      '0.0.0.0',
      '255.255.255.255',
      '::1',
      '::',
      '2001:db8::8a2e:370:7334',
      '::ffff:192.0.2.1',
      '2001:DB8:0:0:0:0:0:1',
    ],
    [
      '',
      '127.0.0',
      '256.0.0.1',
      '1.2.3.4.5',
      '01.2.3.4',
      '1.2.3.4:80',
      '1.2.3.4/8',
      ':::',
      '2001:db8',
      '1::2::3',
      'g::1',
      'fe80::1%eth0',
      '[::1]',
      '::1/128',
      'localhost',
      '1.2.3.4\n',
    ],
  ],
  ['ip', rules.ip({ version: 4 }), 'must be an IP address of version 4', ['1.2.3.4'], ['::1']],
  ['ip', rules.ip({ version: 6 }), 'must be an IP address of version 6', ['::1'], ['1.2.3.4']],
  [
    'alphanumeric',
    rules.alphanumeric(),
    'must have letters and digits only',
    ['', 'a1', 'Ünï', '東京1', 'é'],
    ['a b', 'a-b', 'a_b', 'a\n', '🦉'],
  ],
  ['digits', rules.digits(), 'must have digits only', ['', '0', '007'], ['1.5', '-1', ' 1', '١', '1\n', 'a']],
];

describe('a rule', () => {
  it.each(table)('%s tells good values from bad ones', (name, each, message, good, bad) => {
    expect(each.name).toBe(name);
    expect(each.message).toBe(message);
    for (const value of good) expect([value, verdict(each, value)]).toEqual([value, true]);
    for (const value of bad) expect([value, verdict(each, value)]).toEqual([value, message]);
  });

  it('is every one there is, and takes words of your own', () => {
    const tested = new Set(table.map(([name]) => name));
    expect(Object.keys(rules).filter((name) => !tested.has(name))).toEqual(['unique']); // which asks the database
    const message = 'is odd';
    for (const each of [
      rules.required({ message }),
      rules.minLength(1, { message }),
      rules.maxLength(1, { message }),
      rules.length(1, { message }),
      rules.min(1, { message }),
      rules.max(1, { message }),
      rules.between(1, 2, { message }),
      rules.integer({ message }),
      rules.positive({ message }),
      rules.oneOf(['a'], { message }),
      rules.pattern(/a/, { message }),
      rules.email({ message }),
      rules.url({ message }),
      rules.uuid({ message }),
      rules.ip({ message }),
      rules.alphanumeric({ message }),
      rules.digits({ message }),
      rules.unique({ message }),
      rule('own', () => true, message),
    ]) {
      expect(each.message).toBe(message);
    }
  });
});

describe('a rule that is declared with what it does not take', () => {
  const given = (value: unknown): never => value as never;

  it.each<[text: string, declare: () => unknown]>([
    ['rules.length takes a whole number that is not negative.', () => rules.length(-1)],
    ['rules.length takes a whole number that is not negative.', () => rules.length(1.5)],
    ['rules.length takes a whole number that is not negative.', () => rules.length(given('3'))],
    ['rules.minLength takes a whole number that is not negative.', () => rules.minLength(NaN)],
    ['rules.maxLength takes a whole number that is not negative.', () => rules.maxLength(given(undefined))],
    ['rules.min takes a number, a bigint or a valid Date.', () => rules.min(given('a'))],
    ['rules.min takes a number, a bigint or a valid Date.', () => rules.min(NaN)],
    ['rules.max takes a number, a bigint or a valid Date.', () => rules.max(new Date(NaN))],
    ['rules.max takes a number, a bigint or a valid Date.', () => rules.max(given(null))],
    ['rules.between takes a number, a bigint or a valid Date.', () => rules.between(1, given(undefined))],
    ['rules.between takes two numbers or two dates.', () => rules.between(1, given(new Date()))],
    ['rules.between takes the lower bound first.', () => rules.between(5, 1)],
    ['rules.oneOf takes an array of at least one value.', () => rules.oneOf([])],
    ['rules.oneOf takes an array of at least one value.', () => rules.oneOf(given('ab'))],
    ['rules.oneOf takes an array of at least one value.', () => rules.oneOf(given(undefined))],
    ['rules.pattern takes a regular expression.', () => rules.pattern(given('x'))],
    ['rules.email takes an object as its options.', () => rules.email(given('x'))],
    ['rules.required takes an object as its options.', () => rules.required(given('x'))],
    ['rules.positive takes a text as its message.', () => rules.positive({ message: given(5) })],
    ['rules.url takes its protocols as an array:', () => rules.url({ protocols: given('http') })],
    ['rules.ip takes version 4 or 6.', () => rules.ip({ version: given(5) })],
    ["rules.unique takes fields as an array: { within: ['teamId'] }.", () => rules.unique({ within: given('x') })],
    ['A rule has a name, a test and a message.', () => rule('even', given(undefined), 'x')],
    ['A rule has a name, a test and a message.', () => rule('even', () => true, given(undefined))],
  ])('is a DefinitionError: %s', (text, declare) => {
    expect(declare).toThrow(DefinitionError);
    expect(declare).toThrow(text);
  });

  it('takes bounds that are the same, and infinite ones', () => {
    expect(rules.between(1, 1).name).toBe('between');
    expect(rules.max(Infinity).name).toBe('max');
  });
});
