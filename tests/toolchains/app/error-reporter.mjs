/** Has Vitest print nothing of its own but errors. */
export default class ErrorReporter {
  onTestCaseResult(test) {
    for (const { name, message } of test.result().errors ?? []) console.error(`${name}: ${message}`);
  }
}
