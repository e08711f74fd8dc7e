/** The package has no types of its own: this is what the example uses of it. */
declare module 'cli-progress' {
  interface BarOptions {
    readonly format: string;
    readonly barsize: number;
    readonly barCompleteChar: string;
    readonly barIncompleteChar: string;
    readonly formatValue: (value: number, options: object, type: string) => string;
    readonly gracefulExit: boolean;
    readonly clearOnComplete: boolean;
  }
  const progress: {
    readonly SingleBar: new (options: BarOptions) => {
      start(total: number, from: number): void;
      update(value: number): void;
      stop(): void;
    };
  };
  export default progress;
}
