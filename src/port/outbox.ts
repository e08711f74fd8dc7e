import type { Channel } from '../driver/channel.js';

/** Sends what is written in one turn as one message: a message costs more than what is in it. */
export class Outbox<Message> {
  readonly #channel: Channel;
  #messages: Message[] = [];

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  write(message: Message): void {
    if (this.#messages.length === 0) queueMicrotask(() => this.#send());
    this.#messages.push(message);
  }

  #send(): void {
    const messages = this.#messages;
    this.#messages = [];
    this.#channel.post(messages);
  }
}
