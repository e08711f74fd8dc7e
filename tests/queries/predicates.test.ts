import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contains, endsWith, glob, like, not, startsWith, type TextCondition } from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';
import { anyText, predicates, sampleRows, whereOf } from './random-predicate.js';
import { ids, Sample } from './sample.js';
import { evaluate, type Predicate } from './three-valued.js';

describe.each(drivers)('$name', ({ open }) => {
  it('finds the rows that three-valued logic says, for any combination of conditions', async () => {
    const db = await open({ models: [Sample] });
    let found = 0;
    fc.assert(
      fc.property(sampleRows, fc.array(predicates, { minLength: 4, maxLength: 8 }), (rows, wheres) => {
        db.transaction(() => {
          Sample.deleteAll();
          for (const row of rows) Sample.create(row);
        });
        for (const predicate of wheres) {
          const truths = rows.map((row) => [row.id, evaluate(predicate, row, rows)] as const);
          const holding = truths.filter(([, truth]) => truth === true).map(([id]) => id);
          const failing = truths.filter(([, truth]) => truth === false).map(([id]) => id);
          const where = whereOf(predicate);
          const query = Sample.filter(where).orderBy('id');
          const statements = statementsOf(db, () => {
            expect(ids(query.all())).toEqual(holding);
            expect(query.count()).toBe(holding.length);
            expect(query.exists()).toBe(holding.length > 0);
            expect(query.pluck('id')).toEqual(holding);
            expect(ids(Sample.filter(not(where)).orderBy('id').all())).toEqual(failing);
          });
          expect(statements).toHaveLength(5);
          found += holding.length;
        }
      }),
      { numRuns: 300 },
    );
    expect(found).toBeGreaterThan(1000); // else the rows and the conditions have nothing to do with each other
  }, 60_000);

  it('takes every character of a text as itself, and those of a pattern as SQLite does', async () => {
    const db = await open({ models: [Sample] });
    const texts = [
      ...[
        '',
        'a',
        'A',
        'b',
        'ab',
        'aB',
        'ba',
        '%',
        'a%',
        '%a',
        '_',
        'a_',
        '_a',
        '\\',
        'a\\',
        '\\a',
        '\\%',
        '\\_',
        '%_',
        "'",
      ],
      ...[
        '*',
        'a*',
        '?',
        '[',
        ']',
        '[a]',
        '[^a]',
        '[a-b]',
        '^',
        '-',
        'é',
        'É',
        'aé',
        'ß',
        'ẞ',
        'İ',
        'ſ',
        'K',
        '日本',
        '😀',
        'a😀',
        '\ufffd',
      ],
      ...['a\0', 'a\0b', '\0a'],
    ];
    const rows = texts.map((name, index) => ({ id: index + 1, name }));
    db.transaction(() => rows.forEach((row) => Sample.create(row)));
    const expectRows = (condition: TextCondition, predicate: Predicate) => {
      const expected = rows.filter((row) => evaluate(predicate, row as never, []) === true);
      expect(Sample.filter({ name: condition }).orderBy('id').pluck('name')).toEqual(expected.map(({ name }) => name));
    };
    const field = 'name';
    const check = (text: string) => {
      for (const caseSensitive of [false, true]) {
        const part = { kind: 'part', field, text, caseSensitive } as const;
        expectRows(contains(text, { caseSensitive }), { ...part, by: 'contains' });
        expectRows(startsWith(text, { caseSensitive }), { ...part, by: 'startsWith' });
        expectRows(endsWith(text, { caseSensitive }), { ...part, by: 'endsWith' });
      }
      expectRows(like(text), { kind: 'pattern', field, by: 'like', pattern: text });
      if (!text.includes('[')) expectRows(glob(text), { kind: 'pattern', field, by: 'glob', pattern: text });
    };
    for (const text of texts) if (!text.includes('\0')) check(text);
    fc.assert(fc.property(anyText, check), { numRuns: 200 });
  }, 60_000);
});
