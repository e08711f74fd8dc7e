/** What a decorator is called with, which tells the standard ones from the legacy ones. */
const calls: unknown[] = [];
const record = (_target: unknown, context: unknown): void => void calls.push(context);

class Probe {
  @record field = new Date();
}

/** The decorators that the compiler took these for. */
export const decorators = new Probe().field && calls[0] === 'field' ? 'legacy' : 'standard';
