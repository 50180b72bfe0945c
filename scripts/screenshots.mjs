/** `npm run screenshots`: pictures of the built page in `screenshots/`, for the eye. */
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import { preview } from 'vite';
import { chromiumLaunch } from './chromium.mjs';

const sizes = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };

process.chdir(join(import.meta.dirname, '..'));
const server = await preview({ preview: { host: '127.0.0.1', port: 4190 } });
const address = server.resolvedUrls?.local[0] ?? '';
const browser = await chromium.launch(chromiumLaunch());

for (const [name, viewport] of Object.entries(sizes)) {
  for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
    const page = await browser.newPage({ viewport, colorScheme });
    await page.goto(`${address}?backend=wasm`);
    await page.getByTestId('top-patched').filter({ hasText: /\S/ }).waitFor();
    const path = `screenshots/${name}-${colorScheme}.png`;
    await page.screenshot({ path });
    console.log(path);
    await page.close();
  }
}

await browser.close();
await server.close();
