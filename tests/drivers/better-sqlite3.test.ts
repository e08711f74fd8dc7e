import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { connectBetterSqlite3, type RawDatabaseConstructor } from '../../src/drivers/better-sqlite3.js';
import { temporaryFolder } from './temporary-folder.js';

describe('better-sqlite3', () => {
  it('lets onOpen run before any statement of ours, with the constructor that is given', () => {
    const log: string[] = [];
    class Spied extends (Database as RawDatabaseConstructor) {
      override prepare(sql: string) {
        if (!this.memory) log.push(sql);
        return super.prepare(sql);
      }
    }
    const path = join(temporaryFolder(), 'a.db');
    const connection = connectBetterSqlite3(path, {
      Database: Spied,
      onOpen: (raw: Database.Database) => log.push(`opened ${raw.name}`),
    });
    connection.prepare('SELECT 1', false);
    expect(log).toEqual([`opened ${path}`, 'SELECT 1']);
    connection.close();
  });

  it('closes the file when onOpen throws', () => {
    let raw: Database.Database | undefined;
    const onOpen = (opened: Database.Database) => {
      raw = opened;
      throw new Error('wrong key');
    };
    expect(() => connectBetterSqlite3(':memory:', { onOpen })).toThrow('wrong key');
    expect(raw?.open).toBe(false);
  });

  it('hands the parameters to one call of better-sqlite3: as arguments, and as one array where they are many', () => {
    const calls: unknown[][] = [];
    const many = Array.from({ length: 65 }, (_, index) => index);
    const connection = connectBetterSqlite3(':memory:', {
      onOpen(raw) {
        const prepare = raw.prepare.bind(raw);
        raw.prepare = (sql) => {
          const statement = prepare(sql);
          const all = statement.all.bind(statement) as (...given: readonly unknown[]) => unknown[];
          statement.all = (...given: readonly unknown[]) => (calls.push([...given]), all(...given));
          return statement;
        };
      },
    });
    connection.prepare('SELECT ?, ?', false).all([1, 'a']);
    connection.prepare(`SELECT ${many.map(() => '?').join(', ')}`, false).all(many);
    expect(calls).toEqual([[1, 'a'], [many]]);
    connection.close();
  });
});
