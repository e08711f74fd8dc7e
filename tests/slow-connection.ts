import type { AsyncConnection, Connection } from '../src/driver/contract.js';
import { Session } from '../src/database/index.js';

/**
 * An engine as one in another thread would be: it answers later, in the order in which it was asked, and never at once. Two
 * commands are under way only where whoever asks does not wait for the first.
 */
export class SlowConnection implements AsyncConnection {
  readonly #session: Session;
  #last: Promise<unknown> = Promise.resolve();
  #inTransaction = false;

  constructor(connection: Connection) {
    this.#session = new Session(connection, 100);
  }

  get capabilities(): AsyncConnection['capabilities'] {
    return { ...this.#session.capabilities, sync: false };
  }

  get inTransaction(): boolean {
    return this.#inTransaction;
  }

  perform(command: Parameters<AsyncConnection['perform']>[0]): Promise<unknown> {
    const answer = this.#last.then(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      try {
        return this.#session.perform(command);
      } finally {
        this.#inTransaction = this.#session.inTransaction;
      }
    });
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  async close(): Promise<void> {
    await this.#last;
    this.#session.close();
  }
}
