import 'reflect-metadata';
import { DefinitionError, text } from 'litemodel';
import { describe, expect, it } from 'vitest';
import { dialects, run, type Compiler } from './compile.js';
import { ddlOf } from './ddl.js';

const imports =
  'import { column, createdAt, id, index, integer, Model, sql, table, text, uuid, type Generated } from "litemodel";';

/** The message of the `DefinitionError` that a program throws while its classes are defined. */
function refusal(compiler: Compiler, program: string): string {
  try {
    run(compiler, `${imports}\n${program}`);
  } catch (error) {
    if (error instanceof DefinitionError) return error.message;
    throw error;
  }
  throw new Error('The program was not refused.');
}

/** The columns of the table of a program's `Subject`, in order. */
function columnsOf(compiler: Compiler, program: string): string[] {
  const { Subject } = run(compiler, `${imports}\n${program}`);
  return [...ddlOf([Subject as never])[0]!.matchAll(/^ {2}"(\w+)"/gm)].map(([, name]) => name!);
}

const standard = dialects.filter(({ legacy }) => !legacy);
const legacy = dialects.filter((compiler) => compiler.legacy);

describe.each(dialects)('with $name', (compiler) => {
  it('refuses a static field', () => {
    const message = refusal(
      compiler,
      '@table() class User extends Model { @id() id!: number; @text() static kind: string; }',
    );
    expect(message).toBe(
      compiler.legacy
        ? 'The member "kind" cannot be a column. Columns are public fields of the instance.'
        : 'The field "kind" cannot be a column. Columns are public fields of the instance.',
    );
  });

  it('refuses a method', () => {
    expect(refusal(compiler, 'class User extends Model { @text() greet() {} }')).toBe(
      'The method "greet" is no field. Columns are fields: @text() name!: string.',
    );
  });

  it('refuses a getter', () => {
    expect(refusal(compiler, 'class User extends Model { @text() get initials() { return "A"; } }')).toBe(
      'The getter "initials" is no field. Columns are fields: @text() name!: string.',
    );
  });

  it('refuses a field named by a symbol', () => {
    expect(refusal(compiler, 'const key = Symbol("key"); class User extends Model { @text() [key]!: string; }')).toBe(
      `The ${compiler.legacy ? 'member' : 'field'} "Symbol(key)" cannot be a column. Columns are public fields of the instance.`,
    );
  });

  it('refuses two primary keys', () => {
    const fields = '@id() id!: number; @uuid({ primaryKey: true }) key!: string;';
    expect(refusal(compiler, `@table("users") class User extends Model { ${fields} }`)).toBe(
      `User has 2 primary keys: id, key. For one of several columns write @table("…", { primaryKey: ['id', 'key'] }).`,
    );
  });

  it('refuses an option that it does not know', () => {
    expect(refusal(compiler, 'class User extends Model { @text({ uniqe: true }) name!: string; }')).toBe(
      '@text has no option "uniqe". Did you mean "unique"?',
    );
  });

  it('refuses a constructor that needs something', () => {
    const members = '@id() id!: number; constructor(name: string) { super(); }';
    expect(refusal(compiler, `@table("users") class User extends Model { ${members} }`)).toBe(
      'User has a constructor with required parameters, but loaded instances are made without any. ' +
        'Give them defaults, or pass { construct: false } to @table.',
    );
  });

  it('takes a constructor whose parameters have defaults, and any when instances are made without it', () => {
    const optional = '@id() id!: number; constructor(readonly at = 5, ...more: string[]) { super(); }';
    const required = '@id() id!: number; constructor(readonly name: string) { super(); }';
    expect(columnsOf(compiler, `@table("users") export class Subject extends Model { ${optional} }`)).toEqual(['id']);
    expect(
      columnsOf(compiler, `@table("users", { construct: false }) export class Subject extends Model { ${required} }`),
    ).toEqual(['id']);
  });

  it('refuses a class without columns, and one without a key', () => {
    expect(refusal(compiler, '@table("users") class User extends Model {}')).toBe(
      'User has no columns. Decorate its fields: @text() name!: string.',
    );
    expect(refusal(compiler, '@table("users") class User extends Model { @text() name!: string; }')).toBe(
      'User has no primary key. Add one: @id() id!: Generated<number>.',
    );
  });

  it('refuses a bare @column() whose type nobody emitted', () => {
    const type = compiler.metadata ? 'string | number' : 'string';
    expect(
      refusal(compiler, `@table("users") class User extends Model { @id() id!: number; @column() name!: ${type}; }`),
    ).toBe(
      'The type of User.name cannot be inferred. Say it, as in @text() or @integer(). A bare @column() needs ' +
        'experimentalDecorators, emitDecoratorMetadata and import "reflect-metadata", and a type that TypeScript emits: ' +
        'string, number, boolean, bigint, Date or Uint8Array.',
    );
  });

  it('keeps columns in the order of the class, wherever accessors stand among them', () => {
    const fields = `
      @text() accessor first = ''; @id() id!: number; @text() second!: string; @text() accessor third = '';
      @text() accessor fourth = ''; @text() fifth!: string; @text() accessor sixth = '';`;
    expect(columnsOf(compiler, `@table("users") export class Subject extends Model { ${fields} }`)).toEqual([
      'first',
      'id',
      'second',
      'third',
      'fourth',
      'fifth',
      'sixth',
    ]);
  });

  it('keeps columns in the order of the class when a decorator was made before it and stands on several', () => {
    const program = `
      const money = integer(); const label = text();
      @table("users") export class Subject extends Model {
        @id() id!: number; @text() name!: string; @money price!: number; @label title!: string; @money cost!: number;
        @text() accessor note = '';
      }`;
    expect(columnsOf(compiler, program)).toEqual(['id', 'name', 'price', 'title', 'cost', 'note']);
  });

  it('puts the columns of a base class first, and leaves the base and its other subclasses alone', () => {
    const program = `
      export abstract class Base extends Model { @id() id!: number; @text() shared!: string; }
      @table("users") export class Subject extends Base { @text() own!: string; }
      @table("posts") @index({ on: "title" }) export class Other extends Base { @text() title!: string; }
      @table("deeper") export class Deeper extends Subject { @text() deep!: string; @text({ name: "renamed" }) override shared!: string; }`;
    const { Other, Deeper } = run(compiler, `${imports}\n${program}`);
    expect(columnsOf(compiler, program)).toEqual(['id', 'shared', 'own']);
    expect(ddlOf([Other as never])).toEqual([
      'CREATE TABLE "posts" (\n  "id" INTEGER NOT NULL PRIMARY KEY,\n  "shared" TEXT NOT NULL,\n  "title" TEXT NOT NULL\n) STRICT',
      'CREATE INDEX "posts_title_index" ON "posts" ("title")',
    ]);
    expect(ddlOf([Deeper as never])).toEqual([
      'CREATE TABLE "deeper" (\n  "id" INTEGER NOT NULL PRIMARY KEY,\n  "renamed" TEXT NOT NULL,\n  "own" TEXT NOT NULL,\n  "deep" TEXT NOT NULL\n) STRICT',
    ]);
  });
});

it.each(standard)('refuses a private field with $name', (compiler) => {
  expect(refusal(compiler, 'class User extends Model { @text() #name!: string; }')).toBe(
    'The field "#name" cannot be a column. Columns are public fields of the instance.',
  );
});

it('refuses a standard decorator without metadata, which some compilers do not know', () => {
  const decorate = text() as unknown as (value: undefined, context: object) => void;
  expect(() => decorate(undefined, { kind: 'field', name: 'name', static: false, private: false })).toThrow(
    'This compiler hands standard decorators no metadata. Compile with TypeScript 5.2 or newer, or with experimentalDecorators.',
  );
});

const emitting = dialects.filter(({ metadata }) => metadata);

describe.each(emitting)('with the types that $name emits', (compiler) => {
  it.each([
    [
      '@text() name!: number',
      'User.name is declared as Number but its column is text. A text column holds a string without half surrogate pairs.',
    ],
    [
      '@integer() age!: string',
      'User.age is declared as String but its column is integer. A integer column holds a whole number within ±(2^53 - 1).',
    ],
    [
      '@createdAt() at!: string',
      'User.at is declared as String but its column is datetime. A datetime column holds a valid Date within the years 0 to 9999.',
    ],
    [
      '@text() accessor name: boolean = true',
      'User.name is declared as Boolean but its column is text. A text column holds a string without half surrogate pairs.',
    ],
  ])('refuses %s', (field, message) => {
    expect(refusal(compiler, `class User extends Model { ${field}; }`)).toBe(message);
  });

  it('leaves alone what it does not say plainly', () => {
    const fields =
      '@id() id!: Generated<number>; @text({ nullable: true }) bio!: string | null; @text() kind!: "a" | "b";';
    expect(columnsOf(compiler, `@table("users") export class Subject extends Model { ${fields} }`)).toEqual([
      'id',
      'bio',
      'kind',
    ]);
  });

  it('infers a bare @column()', () => {
    const program = `
      @table("users") export class Subject extends Model {
        @id() id!: number;
        @column() text!: string;
        @column({ nullable: true, name: "n" }) number!: number;
        @column({ default: true } as never) boolean!: boolean;
        @column() date!: Date;
        @column() bigint!: bigint;
        @column() bytes!: Uint8Array;
        @column() accessor accessed: string = '';
      }`;
    const { Subject } = run(compiler, `${imports}\n${program}`);
    expect(
      ddlOf([Subject as never])[0]!
        .split('\n')
        .slice(2, -1),
    ).toEqual([
      '  "text" TEXT NOT NULL,',
      '  "n" INTEGER,',
      '  "boolean" INTEGER NOT NULL DEFAULT 1 CHECK ("boolean" IN (0, 1)),',
      '  "date" TEXT NOT NULL,',
      '  "bigint" INTEGER NOT NULL,',
      '  "bytes" BLOB NOT NULL,',
      '  "accessed" TEXT NOT NULL',
    ]);
  });
});

it.each(legacy.filter(({ metadata }) => !metadata))('needs no emitted types with $name', (compiler) => {
  expect(
    columnsOf(
      compiler,
      '@table("users") export class Subject extends Model { @id() id!: number; @text() name!: string; }',
    ),
  ).toEqual(['id', 'name']);
});
