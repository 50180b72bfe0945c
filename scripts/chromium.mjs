import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** WebGPU without a GPU, no sandbox (containers), and no traffic of the browser's own. */
const args = [
  '--headless=new',
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/**
 * The browser that the tests drive: `CHROMIUM_PATH`, else the first one on `PATH`.
 * @returns {string | undefined}
 */
export function findChromium() {
  if (process.env.CHROMIUM_PATH) return process.env.CHROMIUM_PATH;
  const folders = (process.env.PATH ?? '').split(delimiter);
  return names
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((file) => existsSync(file));
}

/**
 * Playwright's launch options. Without a browser of the machine's it takes the one it installed itself,
 * in the new headless mode: the old one has no WebGPU.
 * @returns {{ args: string[], executablePath?: string, channel?: string }}
 */
export function chromiumLaunch() {
  const executablePath = findChromium();
  return executablePath === undefined ? { args, channel: 'chromium' } : { args, executablePath };
}
