import { isNativeError } from 'node:util/types';
import { describe, expect, it } from 'vitest';
import * as errors from '../../src/errors/index.js';
import { fromPlainError, toPlainError } from '../../src/port/plain-error.js';

const { errorsByCode, OrmError } = errors;

/** Every error class, by its name in the source. */
const classes = new Map(
  Object.entries(errors).filter(
    ([, value]) => typeof value === 'function' && value.prototype instanceof OrmError,
  ) as unknown as [string, { readonly prototype: object }][],
);

/** An error by way of the structured clone algorithm, as through a port. */
const sent = (error: unknown): Error => fromPlainError(structuredClone(toPlainError(error)));

const failure = { sqliteCode: 'SQLITE_BUSY', sql: 'SELECT ?' };

describe('the error classes', () => {
  it('are all in the table, each under a code of its own', () => {
    const listed = Object.values(errorsByCode);
    expect(classes.size).toBeGreaterThan(45);
    expect([...classes.values()].filter((each) => !listed.includes(each as never))).toEqual([]);
    expect(new Set(listed).size).toBe(Object.keys(errorsByCode).length);
    expect(listed).toHaveLength(classes.size);
  });

  it('have a name that follows from their code, which no minifier touches', () => {
    for (const [code, each] of Object.entries(errorsByCode)) {
      const name = [...classes].find(([, known]) => known === each)![0];
      expect(new OrmError(code as 'ORM_X', '').name).toBe(name);
    }
  });
});

describe('an error that is sent', () => {
  it.each(Object.entries(errorsByCode))('is one of its class again: %s', (code, { prototype }) => {
    const error = Object.assign(
      Object.create(prototype) as Error,
      new OrmError(code as 'ORM_X', 'Wrong.', { hint: 'Do.' }),
    );
    Object.defineProperty(error, 'message', { value: 'Wrong. Do.' });
    const revived = sent(error);
    expect(Object.getPrototypeOf(revived)).toBe(prototype);
    expect(revived).toMatchObject({ code, name: error.name, message: 'Wrong. Do.', hint: 'Do.' });
    expect([isNativeError(revived), String(revived)]).toEqual([true, `${error.name}: Wrong. Do.`]);
  });

  it('keeps its fields', () => {
    const violation = new errors.UniqueViolation('users', ['email', 'country'], failure);
    expect(sent(violation)).toEqual(violation);
    expect(sent(violation)).toMatchObject({ table: 'users', columns: ['email', 'country'], ...failure });
    const key = [1n, new Uint8Array([7])];
    expect(sent(new errors.DecodeError('t', 'c', key, 'text', 1))).toMatchObject({ primaryKey: key });
    const drift = new errors.SchemaDriftError('t', ['column "a" is missing']);
    expect(sent(drift)).toMatchObject({ differences: ['column "a" is missing'] });
    expect(sent(new errors.BusyError({ ...failure, sqliteCode: 'SQLITE_BUSY_SNAPSHOT' })).message).toMatch(
      /wrote since/,
    );
  });

  it('keeps the chain of its causes', () => {
    const root = Object.assign(new Error('disk'), { code: 'EIO', errno: -5 });
    const error = sent(new errors.IoError('Wrong.', { ...failure, cause: new TypeError('middle', { cause: root }) }));
    const middle = error.cause as Error;
    expect([middle instanceof TypeError, middle.message]).toEqual([true, 'middle']);
    expect(middle.cause).toMatchObject({ message: 'disk', code: 'EIO', errno: -5 });
    expect(Object.keys(error)).not.toContain('cause');
    expect(sent(new Error('x', { cause: 'a reason' })).cause).toBe('a reason');
    expect('cause' in sent(new Error('x', { cause: () => 1 }))).toBe(false);
  });

  it('may be its own cause', () => {
    const circle = new Error('round');
    circle.cause = circle;
    let depth = 0;
    for (let error = sent(circle) as Error | undefined; error !== undefined; error = error.cause as Error) depth++;
    expect(depth).toBe(8);
  });

  it.each([RangeError, TypeError, SyntaxError, ReferenceError, EvalError, URIError])(
    'may be of the language: %o',
    (Class) => {
      const error = sent(new Class('Wrong.'));
      expect([error instanceof Class, String(error), Object.keys(error)]).toEqual([true, `${Class.name}: Wrong.`, []]);
    },
  );

  it('is an Error of the same name where its class is not known here', () => {
    class SqliteError extends Error {
      override readonly name = 'SqliteError';
      readonly code = 'SQLITE_ERROR';
    }
    const error = sent(new SqliteError('near'));
    expect(Object.getPrototypeOf(error)).toBe(Error.prototype);
    expect(error).toMatchObject({ name: 'SqliteError', message: 'near', code: 'SQLITE_ERROR' });
    expect(sent(new DOMException('stop', 'AbortError'))).toMatchObject({ name: 'AbortError', message: 'stop' });
    for (const name of ['OrmError', 'constructor', '__proto__', 'Object', 'ORM_SQL']) {
      expect(Object.getPrototypeOf(sent(Object.assign(new Error('x'), { name })))).toBe(Error.prototype);
    }
    expect(Object.getPrototypeOf(sent(Object.assign(new Error('x'), { code: 'toString' })))).toBe(Error.prototype);
  });

  it('loses what cannot be sent, and nothing else', () => {
    const error = Object.assign(new Error('x'), {
      work: () => 1,
      key: Symbol('s'),
      list: [1, () => 2],
      kept: { a: [1n] },
    });
    expect({ ...sent(error) }).toEqual({ kept: { a: [1n] } });
  });

  it('need not be one', () => {
    expect([sent('plain'), sent(undefined), sent(7)]).toEqual([
      new Error('plain'),
      new Error('undefined'),
      new Error('7'),
    ]);
  });
});
