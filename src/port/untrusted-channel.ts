import type { Channel } from '../driver/channel.js';
import type { Limits, PlainCommand, Reply, Request } from './messages.js';
import { countOf, listOf, malformed, objectOf } from './untrusted-data.js';

const mostRequests = 100_000;

/**
 * A channel to somebody whom nobody trusts. What comes in has the form of our requests, or the line is cut; where there are
 * limits, what goes out says them, and nothing of where we are.
 */
export class UntrustedChannel implements Channel {
  readonly #channel: Channel;
  readonly #limits: Limits | undefined;
  readonly #listeners: (() => void)[] = [];
  #isClosed = false;

  constructor(channel: Channel, limits: Limits | undefined) {
    this.#channel = channel;
    this.#limits = limits;
    channel.onClose(() => this.#gone());
  }

  /** Whether one side has hung up. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  post(replies: unknown): void {
    if (!this.#isClosed) this.#channel.post((replies as readonly Reply[]).map((reply) => this.#outgoing(reply)));
  }

  listen(receive: (requests: unknown) => void): void {
    this.#channel.listen((message) => {
      let requests: readonly Request[];
      try {
        requests = Array.from(listOf(message, 0, mostRequests), requestOf);
      } catch {
        return this.close(); // there is nobody to answer
      }
      if (!this.#isClosed) receive(requests);
    });
  }

  onClose(gone: () => void): void {
    this.#listeners.push(gone);
  }

  /** Hangs up, after which it is as if the other side had. */
  close(): void {
    if (this.#isClosed) return;
    this.#gone();
    void this.#channel.close();
  }

  #gone(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const gone of this.#listeners) gone();
  }

  #outgoing(reply: Reply): Reply {
    if (this.#limits === undefined) return reply;
    if ('ready' in reply) {
      const { capabilities, ...state } = reply.ready;
      // the file is shared as it is, and names are checked here
      return {
        ready: { ...state, limits: this.#limits, capabilities: { ...capabilities, attach: false, strictNames: true } },
      };
    }
    if ('failed' in reply) return { failed: withoutPlaces(reply.failed) };
    return 'error' in reply ? { ...reply, error: withoutPlaces(reply.error) } : reply;
  }
}

type PlainError = Extract<Reply, { failed: unknown }>['failed'];

/** Where in our files an error happened is nobody's business, nor what the engine said of it. */
const withoutPlaces = (error: PlainError): PlainError => ({
  ...error,
  stack: `${error.name}: ${error.message}`,
  cause: undefined,
});

function requestOf(value: unknown): Request {
  const { id, scope, command, more, abort } = objectOf(value, ['id', 'scope', 'command', 'more', 'abort']);
  if (more !== undefined) return { more: countOf(more) };
  if (abort !== undefined) return { abort: countOf(abort) };
  if (typeof command !== 'object' || command === null) malformed('a command is missing');
  return { id: countOf(id), scope: countOf(scope), command: command as PlainCommand };
}
