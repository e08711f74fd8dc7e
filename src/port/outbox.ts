import type { Channel } from '../driver/channel.js';
import { rowsPerMessage } from './messages.js';

/** What follows it comes at the end of the turn: `queueMicrotask` of Node makes a resource of each call, and takes half a µs. */
const now = Promise.resolve();

/** Sends what is written in one turn as one message: a message costs more than what is in it. */
export class Outbox<Message> {
  readonly #channel: Channel;
  readonly #refuse: (message: Message, error: unknown) => void;
  #messages: Message[] = [];
  #rows = 0;

  /** `refuse` is told of each message that cannot travel. */
  constructor(channel: Channel, refuse: (message: Message, error: unknown) => void) {
    this.#channel = channel;
    this.#refuse = refuse;
  }

  /** Sends a message at the end of this turn, or before, when there is enough to be read by then. */
  write(message: Message, rows = 0): void {
    if (this.#messages.length === 0) void now.then(this.sendAll);
    this.#messages.push(message);
    this.#rows += rows;
    if (this.#rows >= rowsPerMessage) this.sendAll();
  }

  /** Sends a message now, behind those that were written: a long one is read while the next is made. */
  send(message: Message): void {
    this.sendAll();
    this.#post([message]);
  }

  /** Sends what was written now, because the turn may go on for long. */
  readonly sendAll = (): void => {
    const messages = this.#messages;
    if (messages.length === 0) return;
    this.#messages = [];
    this.#rows = 0;
    this.#post(messages);
  };

  /** One that cannot travel does not keep the others back. */
  #post(messages: readonly Message[]): void {
    try {
      this.#channel.post(messages);
    } catch (error) {
      if (messages.length === 1) this.#refuse(messages[0]!, error);
      else for (const message of messages) this.#post([message]);
    }
  }
}
