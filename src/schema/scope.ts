/**
 * A condition with a name that a query can be put under and taken out of again. What its conditions look like is the query
 * layer's affair.
 */
export interface ScopeSchema {
  readonly name: string;
  /** Gives the conditions, anew for each statement. */
  readonly where: () => object;
}
