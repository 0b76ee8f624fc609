/** How many tests passed, failed and were skipped, from vitest's JSON report; a run that broke counts as a failure. */
import { readFileSync } from 'node:fs';

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

interface Report {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: { status: string; assertionResults: { status: string }[] }[];
}

export const ofCrash = (failed: number): Counts => ({ passed: 0, failed, skipped: 0 });

export function addTo(total: Counts, { passed, failed, skipped }: Counts): void {
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
}

/** `file`: null when the run ended without a report. `code`: the run's exit code. */
export function countsOf(file: string | null, code: number): Counts {
  const report: Report | null = file === null ? null : JSON.parse(readFileSync(file, 'utf8'));
  if (report === null) return ofCrash(1);
  // a file that cannot be loaded has no tests that could fail
  const broken = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  ).length;
  const failed = report.numFailedTests + broken;
  return {
    passed: report.numPassedTests,
    // unhandled errors and the like fail a run, though each of its tests has passed
    failed: failed === 0 && code !== 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

export const summary = ({ passed, failed, skipped }: Counts): string =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
