import 'reflect-metadata';
import { column, deletedAt, id, index, integer, json, like, Model, sql, table, text, type Generated } from 'litemodel';
import { expect, it } from 'vitest';
import { ddlOf } from '../dialects/ddl.js';
import { Timestamped } from '../dialects/sample.js';
import { drivers, statementsOf } from '../open-database.js';

/** Its base class is compiled with standard decorators: a package may well bring one along. */
@table('owls')
@index({ on: sql`lower(name)`, unique: true, name: 'owls_name' })
class Owl extends Timestamped {
  @text() accessor name: string = 'nobody';
  @integer({ default: 0 }) age!: Generated<number>;
  @json<{ night?: boolean }>({ default: {} }) habits!: Generated<{ night?: boolean }>;
  readonly #secret = 'hoo';

  get call(): string {
    return `${this.name}: ${this.#secret}`;
  }

  static named(pattern: string) {
    return this.filter({ name: like(pattern) });
  }
}

it('puts the columns of a standard base class before those of a legacy one', () => {
  expect(ddlOf([Owl])).toEqual([
    `CREATE TABLE "owls" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "created_at" TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  "name" TEXT NOT NULL,
  "age" INTEGER NOT NULL DEFAULT 0,
  "habits" TEXT NOT NULL DEFAULT '{}' CHECK (json_valid("habits"))
) STRICT`,
    'CREATE UNIQUE INDEX "owls_name" ON "owls" (lower(name))',
  ]);
});

it.each(drivers)('reads and writes with $name', async ({ open }) => {
  const database = await open({ models: [Owl] });
  const owl = Owl.create({ name: 'Ann', habits: { night: true } });
  owl.age = 3;
  expect(statementsOf(database, () => owl.save())).toEqual(['UPDATE "owls" SET "age" = ? WHERE "id" = ?']);

  const [found] = Owl.named('A%')
    .filter({ habits: { night: true } })
    .all();
  expect(found).toBeInstanceOf(Owl);
  expect(found!.call).toBe('Ann: hoo');
  expect(found!.toJSON()).toEqual(owl.toJSON());
});

it('infers nothing where the compiler emits no types, reflect-metadata or not', () => {
  class Nest extends Model {
    @column() place!: string;
  }
  expect(() => table('nests')(Nest)).toThrow('The type of Nest.place cannot be inferred. Say it, as in @text()');
});

it.each(drivers)('marks deleted rows with $name', async ({ open }) => {
  @table('nests')
  class Nest extends Model {
    @id() id!: Generated<number>;
    @text({ unique: true }) place!: string;
    @deletedAt() deletedAt!: Date | null;
  }
  await open({ models: [Nest] });
  const nest = Nest.create({ place: 'oak' });
  nest.delete();
  expect([nest.deletedAt instanceof Date, Nest.count(), Nest.query().withDeleted().count()]).toEqual([true, 0, 1]);
  Nest.create({ place: 'oak' });
  expect(() => nest.restore()).toThrow('Another row already has this value in nests(place)');
});
