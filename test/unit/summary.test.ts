/** The counting of `npm test`: nothing that went wrong may end in `0 failed`. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { addTo, countsOf, summary } from '../summary.ts';

const dir = mkdtempSync(join(tmpdir(), 'shoal-summary-'));
afterAll(() => rmSync(dir, { recursive: true }));

const passed = { status: 'passed', assertionResults: [{ status: 'passed' }] };
const failed = { status: 'failed', assertionResults: [{ status: 'passed' }, { status: 'failed' }] };
const broken = { status: 'failed', assertionResults: [] };

const reportOf = (testResults: object[], over: object = {}): string => {
  const file = join(dir, 'report.json');
  const numbers = { numPassedTests: 2, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0 };
  writeFileSync(file, JSON.stringify({ ...numbers, ...over, testResults }));
  return file;
};

describe('countsOf', () => {
  it('takes the numbers of the report', () => {
    const file = reportOf([passed, failed], { numFailedTests: 1, numPendingTests: 3, numTodoTests: 1 });
    expect(countsOf(file, 1)).toEqual({ passed: 2, failed: 1, skipped: 4 });
  });

  it('counts a file that cannot be loaded as a failure', () => {
    expect(countsOf(reportOf([passed, broken]), 1).failed).toBe(1);
  });

  it('counts a run that failed with no failed test, and one without a report', () => {
    expect(countsOf(reportOf([passed]), 1)).toEqual({ passed: 2, failed: 1, skipped: 0 });
    expect(countsOf(null, 0)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });
});

describe('summary', () => {
  it('adds up, and mentions what was skipped only if something was', () => {
    const total = { passed: 1, failed: 0, skipped: 0 };
    expect(summary(total)).toBe('1 passed, 0 failed');
    addTo(total, { passed: 2, failed: 1, skipped: 4 });
    expect(summary(total)).toBe('3 passed, 1 failed, 4 skipped');
  });
});
