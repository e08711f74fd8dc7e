/** Databases: transactions that cannot be asynchronous, raw SQL, tables without models. */
import { gte, like, sql, type BreakerFigures, type Database, type PlainRow, type RunResult } from 'litemodel';
import { open } from 'litemodel/better-sqlite3';
import { open as openPort } from 'litemodel/electron-renderer';
import { open as openSqlJs } from 'litemodel/sqljs';
import { is } from './equal.js';
import { Membership, User } from './models.js';

const db = open('app.db', { models: [User, Membership], schema: 'verify', alias: 'app' });
const opened: Database = db;
void opened;
void (async () => {
  const image: Database = await openSqlJs(':memory:', { models: [User] });
  image.close();
});
// @ts-expect-error: no such mode
void open('app.db', { schema: 'sync' });
// @ts-expect-error: an instance is no model
void open('app.db', { models: ['users'] });

void (async () => {
  const breaker = {
    failures: 3,
    onChange: ({ state }: BreakerFigures) => is<'closed' | 'open' | 'half-open'>()(state),
  };
  const threads = await open('app.db', { models: [User], workers: { readers: 1, breaker } });
  is<BreakerFigures | undefined>()(threads.breaker);
  is<boolean>()((await threads.health()).isHealthy);
  const remote = await openPort(new MessageChannel().port1, { models: [User], breaker: { answerTimeout: 1000 } });
  is<Date | undefined>()(remote.breaker?.retryAt);
  // @ts-expect-error: no such option
  void open('app.db', { workers: { breaker: { failure: 3 } } });
  // @ts-expect-error: nobody else has a database in this thread
  void open('app.db', { breaker: {} });
});

is<number>()(db.transaction(() => 5));
is<void>()(db.transaction(() => {}));
is<User | undefined>()(db.transaction(() => User.findById(1), { mode: 'deferred' }));
// eslint-disable-next-line @typescript-eslint/no-unsafe-return -- as users write it
db.transaction(() => JSON.parse('5'));
db.transaction((): never => {
  throw new Error('rolled back');
});
// @ts-expect-error: what it does after its first await would be outside of the transaction
void db.transaction(async () => {
  await Promise.resolve();
});
// @ts-expect-error: the same without the word
void db.transaction(() => Promise.resolve(5));
// @ts-expect-error: the same on some paths only
void db.transaction(() => (Math.random() > 0.5 ? 5 : Promise.resolve(5)));
// @ts-expect-error: no such mode
db.transaction(() => 5, { mode: 'late' });

is<PlainRow[]>()(db.all(sql`SELECT 1`));
is<{ n: number }[]>()(db.all<{ n: number }>(sql`SELECT 1 AS n`));
is<{ n: number } | undefined>()(db.first<{ n: number }>(sql`SELECT 1 AS n`));
is<RunResult>()(db.run(sql`DELETE FROM users`));
// @ts-expect-error: text is not SQL: its values would not be bound
db.all('SELECT 1');
// @ts-expect-error: an object is no value
void sql`SELECT ${{ a: 1 }}`;
// @ts-expect-error: undefined is no value
void sql`SELECT ${undefined}`;

interface Legacy {
  id: number;
  name: string | null;
}
const legacy = db.table<Legacy>('legacy');
is<Legacy[]>()(
  legacy
    .filter({ name: like('A%'), id: gte(3) })
    .orderBy('name')
    .all(),
);
is<(string | null)[]>()(legacy.pluck('name'));
// @ts-expect-error: no such column
legacy.filter({ nmae: 'Ann' });
