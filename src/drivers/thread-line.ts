import type { Channel, EmittingPort } from '../driver/channel.js';
import type { Lookout } from './lookout.js';

/** A line between two threads, as each of them has it. */
export interface Line {
  readonly port: EmittingPort;
  /** What both threads see at once: how many messages each has posted, whether one line alone is used, and who is awake. */
  readonly board: Int32Array;
}

/** The places on a board, far enough from each other that two cores do not get into each other's way. */
const [asked, answered, isAlone, isAwake] = [0, 32, 64, 96];

/** A new board, with nothing on it. */
export const newBoard = (): Int32Array => new Int32Array(new SharedArrayBuffer(128 * Int32Array.BYTES_PER_ELEMENT));

/** What looking out takes. */
export interface LookingOut {
  readonly lookout: Lookout;
  /** Takes the next message of a port before its event has come, if there is one. */
  receive(port: EmittingPort): { readonly message: unknown } | undefined;
  /** Calls a function when the event loop has turned, so that nothing else waits for this. */
  soon(act: () => void): void;
}

/** The end of a line in the thread that asks: looks out for the answer to what alone is asked, of a thread that is awake. */
export class AskingEnd implements Pick<Channel, 'post' | 'listen'> {
  readonly #end: LineEnd;
  readonly #board: Int32Array;
  readonly #by: LookingOut;
  readonly #awaited: Set<AskingEnd>;
  #isDue = false;

  /** `awaited` are the ends on which answers are awaited, of all the lines of this thread that it shares a look-out with. */
  constructor(line: Line, by: LookingOut, awaited: Set<AskingEnd>) {
    this.#end = new LineEnd(line, by, asked, answered);
    this.#board = line.board;
    this.#by = by;
    this.#awaited = awaited;
  }

  post(message: unknown): void {
    this.#end.post(message);
  }

  listen(receive: (message: unknown) => void): void {
    this.#end.listen(receive);
  }

  /** Says whether an answer is awaited, for which it looks out once: what takes longer than most is not waited for like this. */
  hold(isAwaited: boolean): void {
    if (!isAwaited) return void this.#awaited.delete(this);
    this.#awaited.add(this);
    const alone = this.#isAlone;
    for (const end of this.#awaited) Atomics.store(end.#board, isAlone, alone ? 1 : 0);
    if (this.#isDue || !alone || !this.#by.lookout.isWorthwhile()) return;
    if (Atomics.load(this.#board, isAwake) === 0) return; // waking it up takes longer than looking out
    this.#isDue = true;
    this.#by.soon(this.#look);
  }

  /** Takes what has come before the other side was gone. */
  drain(): void {
    while (this.#end.takeNext());
  }

  /** Where several are asked, one of them may answer while another is looked out for; and each wakes this thread up for all. */
  get #isAlone(): boolean {
    return this.#awaited.size === 1 && this.#awaited.has(this);
  }

  readonly #look = (): void => {
    this.#isDue = false;
    if (this.#isAlone && this.#by.lookout.waitFor(this.#end.hasMore)) this.#end.takeNext();
  };
}

/** The end of a line in the thread that answers: looks out for the next message after each, before it goes to sleep. */
export class AnsweringEnd implements Pick<Channel, 'post' | 'listen'> {
  readonly #end: LineEnd;
  readonly #board: Int32Array;
  readonly #by: LookingOut;
  #isDue = false;

  constructor(line: Line, by: LookingOut) {
    this.#end = new LineEnd(line, by, answered, asked);
    this.#board = line.board;
    this.#by = by;
  }

  post(message: unknown): void {
    this.#end.post(message);
  }

  listen(receive: (message: unknown) => void): void {
    this.#end.listen((message) => {
      receive(message);
      this.#stayAwake();
    });
  }

  #stayAwake(): void {
    // where several threads answer, one that looks out takes the core from one that works
    if (this.#isDue || Atomics.load(this.#board, isAlone) === 0 || !this.#by.lookout.isWorthwhile()) return;
    this.#isDue = true;
    Atomics.store(this.#board, isAwake, 1);
    this.#by.soon(this.#look);
  }

  readonly #look = (): void => {
    this.#isDue = false;
    if (this.#by.lookout.waitFor(this.#end.hasMore)) this.#end.takeNext();
    if (!this.#isDue) Atomics.store(this.#board, isAwake, 0);
  };
}

/** What both ends have in common: messages are taken in their order, be it by their event or before that. */
class LineEnd {
  readonly #line: Line;
  readonly #by: LookingOut;
  readonly #own: number;
  readonly #others: number;
  #taken = 0;
  #receive: ((message: unknown) => void) | undefined;

  /** `own` and `others` are the places of the board where this side counts its messages, and where the other one does. */
  constructor(line: Line, by: LookingOut, own: number, others: number) {
    this.#line = line;
    this.#by = by;
    this.#own = own;
    this.#others = others;
  }

  post(message: unknown): void {
    this.#line.port.postMessage(message);
    Atomics.add(this.#line.board, this.#own, 1);
  }

  listen(receive: (message: unknown) => void): void {
    this.#receive = receive;
    this.#line.port.on('message', (message) => this.#take(message));
  }

  /** Whether a message was posted that has not been taken: asking the board is quicker than asking the port. */
  readonly hasMore = (): boolean => Atomics.load(this.#line.board, this.#others) !== this.#taken;

  /** Takes a message as its event would; says whether there was one. */
  takeNext(): boolean {
    const next = this.#by.receive(this.#line.port);
    if (next !== undefined) this.#take(next.message);
    return next !== undefined;
  }

  #take(message: unknown): void {
    this.#taken = (this.#taken + 1) | 0; // as the board counts, which begins again below zero
    this.#receive?.(message);
  }
}
