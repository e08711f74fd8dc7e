/** A two-way line for messages: what is common to Node's workers and ports, those of browsers, and Electron's. */
export interface Channel {
  /** Sends a value that the structured clone algorithm takes. */
  post(message: unknown): void;
  /** Calls a function with each message; called once, before any message is lost. */
  listen(receive: (message: unknown) => void): void;
  /** Calls a function when the other side is gone, with what is known of the reason. */
  onClose(gone: (reason?: unknown) => void): void;
  /** Hangs up; where whoever is at the other end is ours, the promise says that it has ended. */
  close(): void | Promise<void>;
  /** Says whether somebody waits for an answer, without which the other side need not keep the program alive. */
  hold?(isAwaited: boolean): void;
}

/** What has the `on` of Node: its MessagePort and Worker, Electron's MessagePortMain and UtilityProcess. */
export interface EmittingPort {
  /** Sends a message. */
  postMessage(message: unknown): void;
  /** Subscribes to messages, and to the end. */
  on(event: string, listener: (value: unknown) => void): unknown;
  /** Begins to deliver, where messages are kept back until then. */
  start?(): void;
  /** Hangs up. */
  close?(): void;
  /** Ends a worker. */
  terminate?(): unknown;
  /** Keeps the program alive. */
  ref?(): void;
  /** Lets the program end. */
  unref?(): void;
}

/** What has the `addEventListener` of browsers: MessagePort, Worker, and a worker's own global object. */
export interface DispatchingPort {
  /** Sends a message. */
  postMessage(message: unknown): void;
  /** Subscribes to messages, and to the end. */
  addEventListener(event: string, listener: (event: { readonly data?: unknown }) => void): void;
  /** Begins to deliver, where messages are kept back until then. */
  start?(): void;
  /** Hangs up. */
  close?(): void;
  /** Ends a worker. */
  terminate?(): unknown;
}

/** A line over any port or worker. */
export function channelOver(port: EmittingPort | DispatchingPort): Channel {
  const on = (name: string, listener: (value: unknown) => void): void => {
    if ('on' in port) port.on(name, listener);
    else port.addEventListener(name, listener);
  };
  return {
    post: (message) => port.postMessage(message),
    listen: (receive) => {
      on('message', (event) => receive(dataOf(event)));
      port.start?.();
    },
    onClose: (gone) => {
      for (const name of ['close', 'messageerror']) on(name, () => gone());
      let reason: unknown;
      on('exit', (code) => gone(reason ?? new Error(`It ended with code ${String(code)}.`)));
      on('error', (error) => {
        reason = reasonOf(error);
        if (!endsWithExit(port)) gone(reason);
      });
    },
    close: () => {
      const ended = port.terminate === undefined ? port.close?.() : port.terminate();
      if (ended instanceof Promise) return ended.then(() => undefined);
    },
    ...(isHeld(port) && { hold: (isAwaited: boolean) => (isAwaited ? port.ref() : port.unref()) }),
  };
}

/** Node's workers: what one has said comes before its exit, but perhaps after the error that ends it. */
const endsWithExit = (port: object): boolean => 'on' in port && 'terminate' in port;

/** Whether a port keeps the program alive for as long as it is told to. */
function isHeld<Port extends object>(port: Port): port is Port & Required<Pick<EmittingPort, 'ref' | 'unref'>> {
  return 'ref' in port && 'unref' in port;
}

/** Browsers have the error, or else its message, in an event; Node hands it over. */
function reasonOf(event: unknown): unknown {
  const { error, message } = event as { readonly error?: unknown; readonly message?: unknown };
  return event instanceof Error ? event : (error ?? message);
}

/** Browsers and Electron wrap what was sent in an event; Node hands it over. */
function dataOf(event: unknown): unknown {
  const isEvent = typeof event === 'object' && event !== null && !Array.isArray(event) && 'data' in event;
  return isEvent ? event.data : event;
}
