import type { Reporter, SerializedError, TestModule, TestRunEndReason, TestSuite, Vitest } from 'vitest/node';

/** What came of a run, in tests. */
export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

/** Ends a run with `123 passed, 0 failed` on a line of its own, and `, 4 skipped` where some were. */
export class SummaryReporter implements Reporter {
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[], reason: TestRunEndReason): void {
    const counts = tally(modules);
    counts.failed += unhandled.length;
    // A run that was interrupted, or found no tests, is no success either.
    if (reason !== 'passed' && counts.failed === 0) counts.failed = 1;
    this.#vitest?.logger.log(sentence(counts));
  }
}

/** Counts tests; a file or suite that broke outside its tests counts as one more failure for each error. */
function tally(modules: readonly TestModule[]): Tally {
  const counts: Tally = { passed: 0, failed: 0, skipped: 0 };
  for (const module of modules) {
    const suites: (TestModule | TestSuite)[] = [module, ...module.children.allSuites()];
    for (const suite of suites) counts.failed += suite.errors().length;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state !== 'pending') counts[state]++;
    }
  }
  return counts;
}

/** The line itself. */
export function sentence({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
