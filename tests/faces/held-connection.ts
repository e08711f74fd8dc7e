import type { AsyncConnection, Connection } from '../../src/driver/contract.js';
import { Session } from '../../src/database/index.js';

type Command = Parameters<AsyncConnection['perform']>[0];

/** What was asked for: the command, in which scope, and with which signal. */
interface Asked {
  readonly method: Command['method'];
  readonly scope: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * An engine that does what it is told at once, but answers when the test lets it: soon, or everything that is held in one
 * batch. With a second connection to the file, that one answers reads outside of transactions.
 */
export class HeldConnection implements AsyncConnection {
  readonly asked: Asked[] = [];
  inTransaction = false;
  /** The methods that are not answered until `answer` is called. */
  held: readonly Command['method'][] = [];
  /** Fails a command instead of doing it. */
  breaks: (command: Command) => Error | undefined = () => undefined;
  readonly #writer: Session;
  readonly #reader: Session | undefined;
  #answers: (() => void)[] = [];
  #onAsked: (() => void) | undefined;

  constructor(writer: Connection, reader?: Connection) {
    this.#writer = new Session(writer, 100);
    this.#reader = reader && new Session(reader, 100);
  }

  get capabilities(): AsyncConnection['capabilities'] {
    return { ...this.#writer.capabilities, sync: false, concurrentReads: this.#reader !== undefined };
  }

  perform(command: Command, scope: number, signal?: AbortSignal): Promise<unknown> {
    this.asked.push({ method: command.method, scope, signal });
    this.#onAsked?.();
    const isAside = scope === 0 && (command.method === 'names' || ('statement' in command && command.statement.reads));
    const session = isAside && this.#reader ? this.#reader : this.#writer;
    return new Promise((resolve, reject) => {
      const settle = this.#outcome(session, command, resolve, reject);
      const { inTransaction } = this.#writer;
      const answer = () => {
        if (session === this.#writer) this.inTransaction = inTransaction;
        settle();
      };
      if (this.held.includes(command.method)) this.#answers.push(answer);
      else setImmediate(answer);
    });
  }

  /** Answers everything that is held, in one batch, and holds nothing more. */
  answer(): void {
    this.held = [];
    for (const answer of this.#answers.splice(0)) answer();
  }

  /** Waits until a command of a method has been asked for. */
  async isAskedFor(method: Command['method']): Promise<void> {
    while (this.asked.at(-1)?.method !== method) await new Promise<void>((resolve) => (this.#onAsked = resolve));
  }

  async close(): Promise<void> {
    this.#reader?.close();
    this.#writer.close();
  }

  #outcome(session: Session, command: Command, resolve: (value: unknown) => void, reject: (error: unknown) => void) {
    try {
      const broken = this.breaks(command);
      if (broken !== undefined) throw broken;
      const value = session.perform(command);
      return () => resolve(value);
    } catch (error) {
      return () => reject(error);
    }
  }
}
