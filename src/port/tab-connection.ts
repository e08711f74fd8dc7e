import type { AsyncConnection, Capabilities } from '../driver/contract.js';
import { StateTrace } from '../driver/state-trace.js';
import { ClosedError, ConnectionLostError } from '../errors/index.js';
import { isRead, type EngineCommand } from '../sql/index.js';
import type { HostState } from './messages.js';
import type { PortConnection } from './port-connection.js';
import { Tab, type TabOptions } from './tab.js';

export type { TabOptions } from './tab.js';

/** How often a worker may be lost under one and the same read, whose fault it may be. */
const lossesBorne = 2;

/**
 * The connection of a tab to the one database of all tabs of an origin. The tab that gets a lock leads: it starts the worker that
 * has the file. Every other one has a line to that worker. When it goes, the next in the queue for the lock starts another one,
 * and everybody turns to that.
 */
export class TabConnection implements AsyncConnection {
  readonly states = new StateTrace('opening');
  readonly capabilities: Capabilities;
  /** What the host told of itself, when this tab came to it first. */
  readonly host: HostState;
  readonly #tab: Tab;
  /** The line on which the last transaction was begun, which ends with it. */
  #holder: PortConnection | undefined;
  #inFlight = 0;

  private constructor(tab: Tab, { host, capabilities }: PortConnection) {
    this.#tab = tab;
    this.host = host;
    this.capabilities = capabilities;
    tab.onTurn = (line) => this.states.enter(line === undefined ? 'recovering' : this.#inFlight > 0 ? 'busy' : 'ready');
  }

  /** Joins the tabs, and waits until one of them has the database open. */
  static async open(options: TabOptions): Promise<TabConnection> {
    const tab = new Tab(options);
    try {
      return new TabConnection(tab, await tab.line());
    } catch (error) {
      await tab.leave();
      throw error;
    }
  }

  get inTransaction(): boolean {
    return this.#holder?.inTransaction === true || this.#tab.current?.inTransaction === true;
  }

  async perform(command: EngineCommand, scope: number, signal?: AbortSignal): Promise<unknown> {
    const isOutermost = command.method === 'begin' && command.savepoint === undefined;
    this.#enter();
    try {
      if (scope !== 0 && !isOutermost) return await this.#performInside(command, scope, signal);
      for (let losses = 0; ; losses++) {
        const line = await this.#tab.line(signal);
        if (isOutermost) this.#holder = line;
        try {
          return await line.perform(command, scope, signal);
        } catch (error) {
          if (error instanceof ClosedError)
            this.#tab.retire(line); // it has finished, and has not begun this
          else if (!(error instanceof ConnectionLostError) || !(isOutermost || isRead(command))) throw error;
          if (losses === lossesBorne) throw new ConnectionLostError(error);
        }
      }
    } finally {
      this.#leave();
    }
  }

  async close(): Promise<void> {
    await this.#tab.leave();
  }

  /** What is inside of a transaction stays on its line, even where that is lost: on another it would be committed by itself. */
  async #performInside(command: EngineCommand, scope: number, signal: AbortSignal | undefined): Promise<unknown> {
    const line = this.#holder!;
    try {
      return await line.perform(command, scope, signal);
    } catch (error) {
      if (!(error instanceof ClosedError)) throw error;
      this.#tab.retire(line); // the worker has finished, and did not wait for this transaction any longer
      throw new ConnectionLostError(error);
    }
  }

  #enter(): void {
    this.#inFlight++;
    if (this.states.current.name === 'ready') this.states.enter('busy');
  }

  #leave(): void {
    this.#inFlight--;
    if (this.#inFlight === 0 && this.states.current.name === 'busy') this.states.enter('ready');
  }
}
