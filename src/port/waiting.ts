/** A value that somebody waits for, or the error that there is instead. */
export class Waiting<Value> {
  readonly promise: Promise<Value>;
  /** Gives the value to everybody. */
  succeed!: (value: Value) => void;
  /** Fails everybody. */
  fail!: (error: unknown) => void;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.succeed = resolve;
      this.fail = reject;
    });
    this.promise.catch(() => undefined); // whoever waits hears of it
  }
}
