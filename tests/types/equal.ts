/** Whether two types are the same, and not only assignable to each other. */
export type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : { expected: B; actual: A };

/** Compiles only where the type is `true`: `type _ = Expect<Equal<typeof names, string[]>>`. */
export type Expect<T extends true> = T;

/** The type of a value is exactly `Expected`; the value is never looked at. */
export declare function is<Expected>(): <Actual>(value: Actual & Check<Actual, Expected>) => void;

type Check<Actual, Expected> = Equal<Actual, Expected> extends true ? unknown : Equal<Actual, Expected>;
