import { execFileSync } from 'node:child_process';
import { constants, existsSync, openSync, statSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import { sql } from 'litemodel';
import { newPath } from './open-workers.js';

/** A named pipe that `wait_for` of the test script waits for: nothing but opening it ends the statement. */
export class Gate {
  /** Whether the platform has named pipes. */
  static readonly isPossible = process.platform !== 'win32';
  readonly path = `${newPath()}.pipe`;
  /** Stays open, for some may come later; the process has few of them. */
  #writer: number | undefined;

  constructor() {
    execFileSync('mkfifo', [this.path]);
    onTestFinished(() => this.open());
  }

  /** A query that a reader does not come back from before the gate is open. */
  get query() {
    return sql`SELECT wait_for(${this.path}) AS gate`;
  }

  /** A condition that is true, once the gate is open. */
  get condition() {
    return sql`wait_for(${this.path}) = 'opened'`;
  }

  /** Waits until so many statements have come to it. */
  async reached(count = 1): Promise<void> {
    const visits = `${this.path}.visits`;
    while (!existsSync(visits) || statSync(visits).size < count) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Lets everybody go on who waits, and who comes. */
  open(): void {
    // for reading, too, so that it need not wait itself
    this.#writer ??= openSync(this.path, constants.O_RDWR);
  }
}
