import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { differences } from '../../src/schema/compare-table.js';
import { introspectTable, type ActualTable } from '../../src/schema/introspect.js';
import type { TableSchema } from '../../src/schema/index.js';
import { engines, runProgram } from '../run-program.js';
import { anyPlan, ddlOf, planAndMutation, tableOf } from './random-table.js';

describe.each(Object.entries(engines))('differences on %s', (name, open) => {
  const numRuns = name === 'sql.js' ? 60 : 400;

  /** The table as the file has it once it is created. */
  const create = (table: TableSchema): ActualTable => {
    const database = open();
    for (const sql of ddlOf(table)) database.all(sql);
    const actual = runProgram(database, introspectTable(table.name))!;
    database.close();
    return actual;
  };
  /** With the file's text spelled otherwise, so that it is not equal to the letter and all is compared. */
  const sentences = (expected: TableSchema, actual: ActualTable) =>
    differences(expected, { ...actual, sql: `${actual.sql} ` }).map(({ sentence }) => sentence);

  it('has none for a table made by the same declaration', () => {
    fc.assert(
      fc.property(anyPlan, (plan) => {
        const table = tableOf(plan);
        const actual = create(table);
        expect(sentences(table, actual)).toEqual([]);
        expect(differences(table, actual)).toEqual([]);
      }),
      { numRuns },
    );
  });

  it('has at least one when a single thing of the declaration changes', () => {
    fc.assert(
      fc.property(planAndMutation, ([before, after]) => {
        const [old, changed] = [tableOf(before), tableOf(after)];
        fc.pre(new Set([...ddlOf(old), ...ddlOf(changed)]).size > ddlOf(old).length);
        expect(sentences(changed, create(old))).not.toEqual([]);
      }),
      { numRuns },
    );
  });
});
