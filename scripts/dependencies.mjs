import { existsSync, statSync } from 'node:fs';
import { run } from './run.mjs';

/** Written by npm at the end of every installation. */
const installed = 'node_modules/.package-lock.json';
const wanted = 'package-lock.json';
const oldestNode = [20, 19];
const quietly = ['--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];

function nodeIsTooOld() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = oldestNode;
  return major < wantedMajor || (major === wantedMajor && minor < wantedMinor);
}

/** `npm install` writes both files within moments, in either order. */
function isStale() {
  return !existsSync(installed) || statSync(installed).mtimeMs + 10_000 < statSync(wanted).mtimeMs;
}

/** Installs what package-lock.json lists unless that has been done; ends the process if it fails. */
export async function ensureDependencies() {
  if (nodeIsTooOld()) {
    console.error(`Node ${oldestNode.join('.')} or newer is needed; this is Node ${process.versions.node}.`);
    process.exit(1);
  }
  if (!isStale()) return;
  console.log('Installing the dependencies (npm ci).');
  if ((await run('npm', ['ci', ...quietly])) === 0) return;
  console.log('npm ci could not; installing the locked versions with npm install instead.');
  if ((await run('npm', ['install', '--no-save', ...quietly])) === 0) return;
  console.error('The dependencies could not be installed.');
  process.exit(1);
}
