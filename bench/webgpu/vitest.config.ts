import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { chromiumLaunch } from '../../scripts/chromium.mjs';

/** A model that is not part of the repository; left out where it is not there. */
const stories = resolve('../shared/models/stories260k');

/** `npm run bench:weights`: prints what packed weights cost, in Chromium on WebGPU. */
export default defineConfig({
  server: { fs: { allow: ['.', stories] } },
  test: {
    include: ['bench/webgpu/*.test.ts'],
    testTimeout: 600_000,
    provide: { backend: 'webgpu', stories: existsSync(stories) ? stories : null },
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({ launchOptions: chromiumLaunch() }),
      instances: [{ browser: 'chromium' }],
    },
  },
});
