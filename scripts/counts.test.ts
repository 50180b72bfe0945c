import { expect, test } from 'vitest';
import { checkCounts, closingLine, playwrightCounts, suiteCounts, sum, vitestCounts } from './counts.mjs';

test('the closing line names skipped tests only when there are some', () => {
  expect(closingLine({ passed: 12, failed: 0, skipped: 0 })).toBe('12 passed, 0 failed');
  expect(closingLine({ passed: 12, failed: 1, skipped: 2 })).toBe('12 passed, 1 failed, 2 skipped');
});

test('checks, vitest and Playwright add up', () => {
  const vitest = vitestCounts({ numPassedTests: 5, numFailedTests: 1, numPendingTests: 2, numTodoTests: 1 });
  const playwright = playwrightCounts({ stats: { expected: 3, unexpected: 1, flaky: 1, skipped: 1 } });
  expect(sum([checkCounts(0), checkCounts(2), vitest, playwright])).toEqual({
    passed: 9,
    failed: 4,
    skipped: 4,
  });
});

test('a suite that fails outside its tests, runs none, or leaves no report is one failure', () => {
  const failure = { passed: 0, failed: 1, skipped: 0 };
  expect(suiteCounts({ passed: 4, failed: 0, skipped: 0 }, 1)).toEqual({ passed: 4, failed: 1, skipped: 0 });
  expect(suiteCounts({ passed: 0, failed: 0, skipped: 0 }, 0)).toEqual(failure);
  expect(suiteCounts(null, 0)).toEqual(failure);
});

test("a suite's own failures are not counted twice", () => {
  const counts = { passed: 4, failed: 2, skipped: 0 };
  expect(suiteCounts(counts, 1)).toEqual(counts);
});
