/** A method that the suite of every face does not call is not known to do the same in each. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { AsyncDatabase, Database, Model } from 'litemodel';
import { Model as AsyncModel } from 'litemodel/async';
import { TableQuery } from '../../src/model/query.js';

/** What can be called on an object by name, without what every object or class has. */
function namesOn(object: object): string[] {
  const prototype = Object.getPrototypeOf(object) as object | null;
  const inherited = prototype === null || prototype === Object.prototype || prototype === Function.prototype;
  const own = Object.getOwnPropertyNames(object).filter(
    (name) => !['constructor', 'prototype', 'name', 'length'].includes(name),
  );
  return inherited ? own : [...own, ...namesOn(prototype)];
}

/** What the face does not promise: marked @internal in the source. */
const internal = new Set(
  readdirSync(new URL('../../src/', import.meta.url), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(new URL(`../../src/${name}`, import.meta.url), 'utf8'))
    .flatMap((source) => [...source.matchAll(/@internal \*\/\n\s+(?:static |readonly |async |get |\*)*(\w+)/g)])
    .map(([, name]) => name!),
);

const suite = readdirSync(new URL('.', import.meta.url))
  .filter((name) => name.endsWith('.test.ts') && name !== 'coverage.test.ts')
  .map((name) => readFileSync(new URL(name, import.meta.url), 'utf8'))
  .join('\n');

it.each([
  ['a query', TableQuery.prototype],
  ['a model', Model],
  ['a model of litemodel/async', AsyncModel],
  ['an instance', Model.prototype],
  ['a database', Database.prototype],
  ['an asynchronous database', AsyncDatabase.prototype],
])('calls every method of %s', (_, object) => {
  const names = namesOn(object).filter((name) => !internal.has(name));
  expect(names.length).toBeGreaterThan(3);
  expect(names.filter((name) => !suite.includes(`.${name}`))).toEqual([]);
});
