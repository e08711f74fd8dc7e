import { startTests, type Task, type VitestRunner } from '@vitest/runner';

/** What came of one test that ran in a worker. */
export interface TestReport {
  readonly name: string;
  readonly state: 'pass' | 'fail' | 'skip';
  /** What it threw, with its stack. */
  readonly failure: string;
}

const config: VitestRunner['config'] = {
  root: '/',
  name: undefined,
  setupFiles: [],
  passWithNoTests: false,
  testNamePattern: undefined,
  allowOnly: false,
  sequence: { seed: 0, hooks: 'stack', setupFiles: 'list' },
  chaiConfig: undefined,
  maxConcurrency: 1,
  testTimeout: 20_000,
  hookTimeout: 20_000,
  retry: 0,
  includeTaskLocation: undefined,
  tags: [],
  tagsFilter: undefined,
  strictTags: false,
};

/** Runs the tests of a file here, in a worker, and posts what came of them to the page. */
export async function runTests(load: () => Promise<unknown>): Promise<void> {
  const files = await startTests([''], { config, importFile: load });
  postMessage(files.flatMap((file) => reportsOf(file, [])));
}

function reportsOf(task: Task, trail: readonly string[]): TestReport[] {
  const names = task.name === '' ? trail : [...trail, task.name];
  const failure = (task.result?.errors ?? []).map(({ stack, message }) => stack ?? message).join('\n');
  const report: TestReport = { name: names.join(' > '), state: stateOf(task), failure };
  if (task.type === 'test') return [report];
  // a file or a suite is reported where it broke outside of its tests
  return [...(failure === '' ? [] : [report]), ...task.tasks.flatMap((inner) => reportsOf(inner, names))];
}

function stateOf({ mode, result }: Task): TestReport['state'] {
  if (mode === 'skip' || mode === 'todo') return 'skip';
  return result?.state === 'pass' ? 'pass' : 'fail';
}
