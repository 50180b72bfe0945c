/** `npm test`: sets up what is missing, runs every step, and closes with the sum of all tests. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureChromium } from './browser.mjs';
import { closingLine, sum } from './counts.mjs';
import { ensureDependencies } from './dependencies.mjs';
import { steps } from './steps.mjs';

process.chdir(join(import.meta.dirname, '..'));
await ensureDependencies();
await ensureChromium();

const reports = mkdtempSync(join(tmpdir(), 'patchbay-'));
const counts = [];
for (const step of steps) {
  const start = performance.now();
  console.log(`\n== ${step.title}`);
  const result = await step.run(reports);
  counts.push(result);
  console.log(`== ${closingLine(result)} in ${((performance.now() - start) / 1000).toFixed(1)} s`);
}
rmSync(reports, { recursive: true });

const total = sum(counts);
console.log(`\n${closingLine(total)}`);
process.exitCode = total.failed > 0 ? 1 : 0;
