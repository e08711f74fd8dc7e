import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium as playwright, type BrowserContext, type CDPSession, type Page } from 'playwright';
import { afterAll, beforeAll, inject, onTestFinished } from 'vitest';
import { chromium } from '../chromium.js';

/** What Chromium keeps the journals of: the names of its folders. */
export type Kept = 'File System' | 'IndexedDB';

/** A checksum, a length of 60 bytes, of which none follows, and that it is all of the record. */
const headOfRecord = Buffer.from([1, 2, 3, 4, 60, 0, 1]);

/** A Chromium without a window, with a profile that outlives it: it can be ended in every way, and started again. */
export class BrowserProcess {
  /** What went wrong in its pages, and was nobody's to catch. */
  readonly uncaught: Error[] = [];
  readonly #profile = mkdtempSync(join(tmpdir(), 'litemodel-profile-'));
  #process: ChildProcess | undefined;
  #context: BrowserContext | undefined;

  /** Starts one, which ends with the test. */
  static async start(): Promise<BrowserProcess> {
    const browser = new BrowserProcess();
    onTestFinished(() => browser.dispose());
    await browser.restart();
    return browser;
  }

  /** Starts one for all tests of a file. */
  static forAllTests(): BrowserProcess {
    const browser = new BrowserProcess();
    beforeAll(() => browser.restart());
    afterAll(() => browser.dispose());
    return browser;
  }

  /** Starts it again with the same profile, after it has ended. */
  async restart(): Promise<void> {
    const options = ['--headless', '--remote-debugging-port=0', `--user-data-dir=${this.#profile}`, ...chromium.args];
    // a group of its own, so that all of its processes can be killed at once
    const started = spawn(chromium.executablePath, options, { detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
    this.#process = started;
    const browser = await playwright.connectOverCDP(await endpointOf(started));
    this.#context = browser.contexts()[0]!;
  }

  /** Opens one of the pages in a tab, which is closed with the test. */
  async open(path: string): Promise<Page> {
    const page = await this.#context!.newPage();
    page.on('pageerror', (error) => this.uncaught.push(error));
    onTestFinished(() => page.close().catch(() => undefined));
    await page.goto(new URL(path, inject('site')).href);
    return page;
  }

  /** A line to the debugger of a tab. */
  async debuggerOf(page: Page): Promise<CDPSession> {
    return await this.#context!.newCDPSession(page);
  }

  /** Ends it as a user does, who closes the last window. */
  async quit(): Promise<void> {
    const ended = once(this.#process!, 'exit');
    const debug = await this.#context!.browser()!.newBrowserCDPSession();
    await debug.send('Browser.close').catch(() => undefined);
    await ended;
  }

  /** Ends all of its processes in the middle of whatever they do. */
  async kill(): Promise<void> {
    const killed = this.#process;
    if (killed?.pid === undefined || killed.exitCode !== null || killed.signalCode !== null) return;
    const ended = once(killed, 'exit');
    process.kill(-killed.pid, 'SIGKILL');
    await ended;
  }

  /**
   * Leaves the journals of what was killed as they are when that happens between two writes to them: Chromium writes the head of
   * each record by itself. It takes what is cut off for the end, goes on behind it, and cannot read any of that when it starts again.
   * https://github.com/google/leveldb/blob/main/doc/log_format.md
   */
  cutOffJournals(kept: Kept): void {
    const folder = join(this.#profile, 'Default', kept);
    const isJournal = kept === 'IndexedDB' ? /\.leveldb\/\d+\.log$/ : /Paths\/\d+\.log$/;
    const journals = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => isJournal.test(path));
    if (journals.length === 0) throw new Error(`There is no journal in ${folder}.`);
    for (const path of journals) appendFileSync(join(folder, path), headOfRecord);
  }

  async dispose(): Promise<void> {
    await this.kill();
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    if (this.uncaught.length > 0) throw new AggregateError(this.uncaught, 'Errors that nobody caught.');
  }
}

/** The address of its debugger, which it prints when it is there. */
function endpointOf(started: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    started.stderr!.on('data', (chunk: Buffer) => {
      said = said.slice(-10_000) + String(chunk);
      const [, endpoint] = /DevTools listening on (\S+)/.exec(said) ?? [];
      if (endpoint !== undefined) resolve(endpoint);
    });
    started.once('exit', () => reject(new Error(`Chromium did not start: ${said}`)));
  });
}

let count = 0;

/** The name of a database that no other test has. */
export const newName = (): string => `test-${++count}.db`;
