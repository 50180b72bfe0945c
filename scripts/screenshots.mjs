/** `npm run screenshots [scene …]`: pictures of the built page in `screenshots/`, for the eye. */
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import { preview } from 'vite';
import { chromiumLaunch } from './chromium.mjs';
import { scenes } from './scenes.mjs';

const sizes = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };
const wanted = process.argv.slice(2);

process.chdir(join(import.meta.dirname, '..'));
const server = await preview({ preview: { host: '127.0.0.1', port: 4190 } });
const address = server.resolvedUrls?.local[0] ?? '';
const browser = await chromium.launch(chromiumLaunch());

for (const [scene, open] of Object.entries(scenes)) {
  if (wanted.length > 0 && !wanted.includes(scene)) continue;
  for (const [size, viewport] of Object.entries(sizes)) {
    for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
      const page = await browser.newPage({ viewport, colorScheme });
      await page.goto(`${address}?backend=wasm`);
      await page.getByTestId('top-patched').filter({ hasText: /\S/ }).waitFor();
      await open(page);
      // The pointer would leave its mark on what it rests on.
      await page.mouse.move(viewport.width / 2, viewport.height - 1);
      const path = `screenshots/${scene}-${size}-${colorScheme}.png`;
      await page.screenshot({ path });
      console.log(path);
      await page.close();
    }
  }
}

await browser.close();
await server.close();
