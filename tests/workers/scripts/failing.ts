/** A worker script of an app, whose thread can be made to end or to wait: by SQL, or by a file beside the database while it starts. */
import { appendFileSync, closeSync, existsSync, openSync, rmSync } from 'node:fs';
import { serve } from 'litemodel/better-sqlite3-worker';

/** The part of better-sqlite3 that makes functions of SQL. */
interface Functions {
  readonly name: string;
  function(name: string, options: { varargs: true }, body: (...values: unknown[]) => unknown): void;
}

serve({
  onOpen(raw) {
    const database = raw as unknown as Functions;
    const define = (name: string, body: (...values: unknown[]) => unknown) =>
      database.function(name, { varargs: true }, body);
    /** Ends the thread in the middle of the statement. */
    define('crash', () => process.exit(3));
    /** Ends it once, and the file with it; then it is harmless. */
    define('crash_once', (file) => {
      if (!existsSync(file as string)) return 'alive';
      rmSync(file as string);
      process.exit(3);
    });
    /** Ends it after the statement was answered, and the answer was received where others compute, too. */
    define('crash_later', () => {
      setTimeout(() => process.exit(3), 50);
      return 'answered';
    });
    define('break_later', () => {
      setTimeout(() => {
        throw new Error('a bug of the app');
      }, 50);
      return 'answered';
    });
    /** Waits for somebody to open the other end of a pipe, as deaf meanwhile as SQLite is inside of a statement. */
    define('wait_for', (pipe) => {
      appendFileSync(`${pipe as string}.visits`, '.');
      closeSync(openSync(pipe as string, 'r'));
      return 'opened';
    });
    define('rest', (milliseconds) => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds as number);
      return milliseconds;
    });
    if (existsSync(`${database.name}.crash`)) process.exit(4);
    if (existsSync(`${database.name}.refuse`)) throw new Error('The key is wrong.');
  },
});
