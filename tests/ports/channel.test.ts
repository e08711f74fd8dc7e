import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { channelOver } from '../../src/driver/channel.js';

/** What Node's workers and ports have in common, without a thread. */
class Emitter extends EventEmitter {
  postMessage(): void {}
}

class Worker extends Emitter {
  terminate(): void {}
}

/** What a listener hears of a port that does this. */
function heardOf(port: Emitter, act: () => void): unknown[] {
  const heard: unknown[] = [];
  const channel = channelOver(port);
  channel.listen((message) => heard.push(message));
  channel.onClose((reason) => heard.push(reason));
  act();
  return heard;
}

describe('the end of a worker', () => {
  const bug = new Error('a bug of the app');

  it('is its exit and not the error before it, between which its last words come', () => {
    const worker = new Worker();
    const heard = heardOf(worker, () => {
      worker.emit('error', bug);
      worker.emit('message', 'the last answer');
      worker.emit('exit', 1);
    });
    expect(heard).toEqual(['the last answer', bug]);
  });

  it('tells the code where there was no error', () => {
    const worker = new Worker();
    expect(heardOf(worker, () => worker.emit('exit', 3))).toEqual([new Error('It ended with code 3.')]);
  });

  it('is the error of what has no exit', () => {
    const port = new Emitter();
    expect(heardOf(port, () => port.emit('error', bug))).toEqual([bug]);
  });
});
