/** Both dialects accept a decorator written for either; this file is compiled as each of them by `npm run test:types`. */
declare function column(): (target: unknown, context: string | symbol | ClassFieldDecoratorContext) => void;

export class Probe {
  @column() name!: string;

  // @ts-expect-error: the compilers are strict
  @column() age: number;
}
