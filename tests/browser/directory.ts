import { onTestFinished } from 'vitest';
import type { Commands, Reply, Request } from './directory-worker.js';

type Command = keyof Commands;
type ResultOf<Name extends Command> = Awaited<ReturnType<Commands[Name]>>;

/** A dedicated worker with a directory of databases, ended with the test. */
export class DirectoryWorker {
  readonly #worker = new Worker(new URL('./directory-worker.ts', import.meta.url), { type: 'module' });
  readonly #waiting: { resolve(result: never): void; reject(error: unknown): void }[] = [];
  #onCommitted: ((count: number) => void) | undefined;

  constructor() {
    this.#worker.onmessage = ({ data }: MessageEvent<Reply>) => {
      if ('committed' in data) this.#onCommitted?.(data.committed);
      else if ('error' in data) this.#waiting.shift()!.reject(data.error);
      else this.#waiting.shift()!.resolve(data.result as never);
    };
    onTestFinished(() => this.kill());
  }

  /** Asks for something; rejects with the name, the code and the message of an error. */
  ask<Name extends Command>(command: Name, ...parameters: Parameters<Commands[Name]>): Promise<ResultOf<Name>> {
    this.#worker.postMessage({ command, parameters } satisfies Request);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /** Inserts rows until one function of the number that is committed is true. */
  insertUntil(name: string, isEnough: (committed: number) => boolean): Promise<number> {
    return new Promise((resolve) => {
      this.#onCommitted = (committed) => isEnough(committed) && resolve(committed);
      void this.ask('insertForever', name);
    });
  }

  /** Ends the worker, in the middle of whatever it does. */
  kill(): void {
    this.#worker.terminate();
  }
}

let count = 0;

/** The name of a directory that no other test has. */
export const newDirectory = (): string => `tests/${performance.timeOrigin}/${++count}`;
