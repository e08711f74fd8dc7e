import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { belongsTo, hasMany, id, integer, Model, table, text, type Generated } from 'litemodel';
import { open } from 'litemodel/better-sqlite3';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

@table('users')
class User extends Model {
  @id() id!: Generated<number>;
  @text() about!: string;
  @hasMany(() => Post, 'userId') posts!: Post[];
}

@table('posts')
class Post extends Model {
  @id() id!: Generated<number>;
  @integer() userId!: number;
  @belongsTo(() => User, 'userId') user!: User;
}

const rows = 500;
const textLength = 4000;
let db: ReturnType<typeof open>;

beforeEach(async () => {
  db = open(':memory:', { models: [User, Post] });
  db.execute(`INSERT INTO users (about)
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
    SELECT hex(zeroblob(${textLength / 2})) FROM n`);
  await turn(); // what was counted before is forgotten
});

afterEach(() => db.close());

const heapUsed = (): number => {
  collect();
  return process.memoryUsage().heapUsed;
};

it('does not keep what a loop has read, though the event loop never turns', () => {
  User.all();
  const before = heapUsed();
  for (let n = 0; n < 100; n++) User.all();
  // 20 pages of these are held weakly until it turns, and 100 would be 200 MB
  expect((heapUsed() - before) / (rows * textLength)).toBeLessThan(25);
});

it('does not keep what was read together with an instance that is kept', async () => {
  const before = heapUsed();
  const kept = Array.from({ length: 10 }, () => User.all()[0]!);
  await turn();
  await turn();
  expect((heapUsed() - before) / (rows * textLength)).toBeLessThan(2);
  expect(kept[9]!.posts).toEqual([]);
});
