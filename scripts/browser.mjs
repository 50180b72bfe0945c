import { findChromium } from './chromium.mjs';
import { run } from './run.mjs';

const isRoot = process.getuid?.() === 0;

async function installFromDebian() {
  console.log("Installing Debian's chromium (apt-get), since there is no Chromium here.");
  if ((await run('apt-get', ['update', '-qq'])) !== 0) return;
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], {
    DEBIAN_FRONTEND: 'noninteractive',
  });
}

/** Makes sure that there is a Chromium for the tests; ends the process if none can be had. */
export async function ensureChromium() {
  if (findChromium() === undefined && isRoot) await installFromDebian();
  const found = findChromium();
  if (found !== undefined) {
    console.log(`Testing with ${found}.`);
    return;
  }
  console.log("Testing with Playwright's own Chromium (downloaded once).");
  if ((await run('npx', ['playwright', 'install', '--no-shell', 'chromium'])) !== 0) {
    console.error('No Chromium was found or could be installed; set CHROMIUM_PATH to one.');
    process.exit(1);
  }
}
