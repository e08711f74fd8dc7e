import { MessageChannel, receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Lookout } from '../../src/drivers/lookout.js';
import { AnsweringEnd, AskingEnd, newBoard, type LookingOut } from '../../src/drivers/thread-line.js';

/** Both ends of a line in one thread, where a test says when the event loop turns, and what a look-out sees. */
class TestLine {
  readonly heard: { readonly asking: unknown[]; readonly answering: unknown[] } = { asking: [], answering: [] };
  readonly asking: AskingEnd;
  readonly answering: AnsweringEnd;
  /** What happens while one of them looks out. */
  readonly meanwhile: (() => void)[] = [];
  /** What each of them does when the event loop has turned. */
  readonly due: { asking: (() => void)[]; answering: (() => void)[] } = { asking: [], answering: [] };
  looks = 0;

  constructor(awaited = new Set<AskingEnd>(), window = 50) {
    const { port1, port2 } = new MessageChannel();
    const board = newBoard();
    this.asking = new AskingEnd({ port: port1, board }, this.#by('asking', window), awaited);
    this.answering = new AnsweringEnd({ port: port2, board }, this.#by('answering', window));
    this.asking.listen((message) => this.heard.asking.push(message));
    this.answering.listen((message) => this.heard.answering.push(message));
    onTestFinished(() => port1.close());
  }

  /** Asks alone, and lets the answering end hear of it by its event. */
  async wake(): Promise<void> {
    this.asking.hold(true);
    this.asking.post('wake up');
    while (this.heard.answering.length === 0) await turn();
  }

  /** Lets the event loop turn for one of them. */
  run(side: 'asking' | 'answering'): void {
    for (const act of this.due[side].splice(0)) act();
  }

  #by(side: 'asking' | 'answering', window: number): LookingOut {
    let time = 0;
    const now = (): number => {
      this.meanwhile.shift()?.();
      return (time += 0.01);
    };
    return {
      lookout: new Lookout({ window, now }),
      receive: (port) => {
        this.looks++;
        return receiveMessageOnPort(port as unknown as MessagePort);
      },
      soon: (act) => this.due[side].push(act),
    };
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('the thread that answers', () => {
  it('looks out after a message, takes the next one, and looks out again', async () => {
    const line = new TestLine();
    await line.wake();
    line.asking.post('next');
    line.run('answering');
    expect(line.heard.answering).toEqual(['wake up', 'next']);
    expect(line.due.answering).toHaveLength(1);
  });

  it('goes to sleep when nothing has come, and is woken up by the next event', async () => {
    const line = new TestLine();
    await line.wake();
    line.run('answering');
    expect(line.due.answering).toHaveLength(0);
    line.asking.post('later');
    await turn();
    expect(line.heard.answering).toEqual(['wake up', 'later']);
    expect(line.due.answering).toHaveLength(1);
  });

  it('lets the event loop turn between two messages', async () => {
    const line = new TestLine();
    await line.wake();
    for (let n = 0; n < 5; n++) line.asking.post(n);
    line.run('answering');
    expect(line.heard.answering).toEqual(['wake up', 0]);
    line.run('answering');
    expect(line.heard.answering).toEqual(['wake up', 0, 1]);
  });

  it('does not look out where others are asked, too', async () => {
    const awaited = new Set<AskingEnd>();
    const [one, other] = [new TestLine(awaited), new TestLine(awaited)];
    one.asking.hold(true);
    other.asking.hold(true);
    for (const { asking } of [one, other]) asking.post('hello');
    await turn();
    expect([one.heard.answering, other.heard.answering]).toEqual([['hello'], ['hello']]);
    expect([one.due.answering, other.due.answering]).toEqual([[], []]);
  });
});

describe('the thread that asks', () => {
  it('looks out for the answer of a thread that is awake, once the event loop has turned', async () => {
    const line = new TestLine();
    await line.wake();
    line.asking.hold(false);
    line.asking.hold(true);
    expect(line.due.asking).toHaveLength(1);
    line.meanwhile.push(
      () => undefined,
      () => line.answering.post('answer'),
    );
    line.run('asking');
    expect(line.heard.asking).toEqual(['answer']);
    expect(line.due.asking).toHaveLength(0);
  });

  it('leaves what comes later to its event', async () => {
    const line = new TestLine();
    await line.wake();
    line.asking.hold(false);
    line.asking.hold(true);
    line.run('asking');
    expect([line.heard.asking, line.due.asking]).toEqual([[], []]);
    line.answering.post('answer');
    await turn();
    expect(line.heard.asking).toEqual(['answer']);
  });

  it('does not look out for one that sleeps', async () => {
    const line = new TestLine();
    line.asking.hold(true);
    expect(line.due.asking).toHaveLength(0);
    await line.wake();
    line.run('answering'); // in vain
    line.asking.hold(false);
    line.asking.hold(true);
    expect(line.due.asking).toHaveLength(0);
  });

  it('does not look out for what is answered by then, or where others are asked meanwhile', async () => {
    const awaited = new Set<AskingEnd>();
    const [line, other] = [new TestLine(awaited), new TestLine(awaited)];
    await line.wake();
    line.asking.hold(false);
    line.asking.hold(true);
    line.asking.hold(false);
    line.run('asking');
    line.asking.hold(true);
    other.asking.hold(true);
    line.answering.post('answer');
    line.run('asking');
    expect(line.heard.asking).toEqual([]);
    await turn();
    expect(line.heard.asking).toEqual(['answer']);
  });

  it('looks out once, however often it asks in one turn', async () => {
    const line = new TestLine();
    await line.wake();
    for (let time = 0; time < 3; time++) {
      line.asking.hold(false);
      line.asking.hold(true);
    }
    expect(line.due.asking).toHaveLength(1);
  });
});

describe('a line', () => {
  it('keeps the order of its messages, be they taken by their event or before', async () => {
    const line = new TestLine();
    await line.wake();
    const expected = ['wake up', ...Array.from({ length: 300 }, (_, n) => n)];
    for (let n = 0; n < 300; n++) {
      line.asking.post(n);
      if (n % 3 === 0) line.run('answering');
      if (n % 7 === 0) await turn();
    }
    while (line.heard.answering.length < expected.length) await turn();
    expect(line.heard.answering).toEqual(expected);
    expect(line.looks).toBeGreaterThan(50);
  });

  it('is drained of what has come before the other side was gone', () => {
    const line = new TestLine();
    line.answering.post('the last');
    line.answering.post('words');
    line.asking.drain();
    expect(line.heard.asking).toEqual(['the last', 'words']);
  });

  it('looks out nowhere where that is turned off', async () => {
    const line = new TestLine(new Set(), 0);
    await line.wake();
    line.asking.hold(false);
    line.asking.hold(true);
    line.answering.post('answer');
    await turn();
    expect(line.heard).toEqual({ asking: ['answer'], answering: ['wake up'] });
    expect([line.due, line.looks]).toEqual([{ asking: [], answering: [] }, 0]);
  });

  it('does not look for a message that could not be sent', async () => {
    const line = new TestLine();
    await line.wake();
    expect(() => line.asking.post(() => 'a function')).toThrow();
    line.run('answering');
    expect(line.looks).toBe(0);
  });
});
