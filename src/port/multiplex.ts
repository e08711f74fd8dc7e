import type { Channel } from '../driver/channel.js';

/** A message of one of several who share a channel, or that one of them has hung up. */
type Addressed =
  | { readonly party: string; readonly message: unknown }
  | { readonly party: string; readonly gone: true }
  | { readonly first: unknown };

/** The line of one party, as the one who shares it out sees it. */
interface Line {
  receive: ((message: unknown) => void) | undefined;
  gone: (() => void) | undefined;
}

/** Several channels over one: each party has a name, and both sides use the same names. */
export class Multiplexer {
  readonly #channel: Channel;
  readonly #lines = new Map<string, Line>();
  /** Called with what the other side says to begin with, which belongs to no party. */
  onFirst: ((message: unknown) => void) | undefined;
  /** Called with the channel of a party that writes for the first time. */
  onParty: ((channel: Channel, party: string) => void) | undefined;

  constructor(channel: Channel) {
    this.#channel = channel;
    channel.listen((message) => this.#receive(message as Addressed));
    channel.onClose(() => {
      for (const line of this.#lines.values()) line.gone?.();
      this.#lines.clear();
    });
  }

  /** Says something to begin with. */
  first(message: unknown): void {
    this.#channel.post({ first: message } satisfies Addressed);
  }

  /** The channel of a party. */
  channelOf(party: string): Channel {
    const line: Line = { receive: undefined, gone: undefined };
    this.#lines.set(party, line);
    return {
      post: (message) => this.#channel.post({ party, message } satisfies Addressed),
      listen: (receive) => (line.receive = receive),
      onClose: (gone) => (line.gone = gone),
      close: () => {
        if (this.#lines.delete(party)) this.#channel.post({ party, gone: true } satisfies Addressed);
      },
    };
  }

  #receive(addressed: Addressed): void {
    if ('first' in addressed) return this.onFirst?.(addressed.first);
    const { party } = addressed;
    if ('gone' in addressed) {
      this.#lines.get(party)?.gone?.();
      this.#lines.delete(party);
      return;
    }
    if (!this.#lines.has(party)) this.onParty?.(this.channelOf(party), party);
    this.#lines.get(party)?.receive?.(addressed.message);
  }
}
