import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkCounts, playwrightCounts, suiteCounts, vitestCounts } from './counts.mjs';
import { run } from './run.mjs';

/** @typedef {import('./counts.mjs').Counts} Counts */
/** @typedef {{ title: string, run: (reports: string) => Promise<Counts> }} Step  `reports` is a folder. */

/** @param {string} title @param {string[]} command @returns {Step} */
function check(title, command) {
  return { title, run: async () => checkCounts(await run('npx', command)) };
}

/** @param {string} file */
function readReport(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
}

/** @param {string} title @param {string[]} projects @returns {Step} */
function vitest(title, projects) {
  return {
    title,
    async run(reports) {
      const file = join(reports, `vitest-${projects.join('-')}.json`);
      const chosen = projects.flatMap((project) => ['--project', project]);
      const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
      const code = await run('npx', ['vitest', 'run', ...chosen, ...reporters]);
      const report = readReport(file);
      return suiteCounts(report && vitestCounts(report), code);
    },
  };
}

/** @type {Step} */
const endToEnd = {
  title: 'The built page in Chromium (playwright)',
  async run(reports) {
    const file = join(reports, 'playwright.json');
    const code = await run('npx', ['playwright', 'test', '--reporter=list,json'], {
      PLAYWRIGHT_JSON_OUTPUT_FILE: file,
    });
    const report = readReport(file);
    return suiteCounts(report && playwrightCounts(report), code);
  },
};

/** Everything that `npm test` runs, in this order. @type {Step[]} */
export const steps = [
  check('Format and lint (biome)', ['biome', 'check', '--error-on-warnings', '.']),
  check('Types (tsc)', ['tsc']),
  check('Who imports whom (dependency-cruiser)', ['depcruise', 'packages', 'app', 'e2e', 'examples']),
  check('Documentation of what is exported (typedoc)', [
    'typedoc',
    '--options',
    'packages/core/typedoc.json',
    '--emit',
    'none',
  ]),
  check('Unused files, exports and dependencies (knip)', ['knip']),
  vitest('Unit tests, and the engine suite on cpu and wasm (vitest)', ['node', 'cpu', 'wasm']),
  vitest('The engine suite on WebGPU in Chromium (vitest)', ['webgpu']),
  check('Production build (vite)', ['vite', 'build']),
  endToEnd,
];
