import { playwright } from '@vitest/browser-playwright';
import { defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';
import core from './packages/core/package.json' with { type: 'json' };
import { chromiumLaunch } from './scripts/chromium.mjs';

const conformance = 'packages/core/test/conformance/**/*.test.ts';

/** Vite reloads the page, and so breaks running tests, when it meets a dependency it has not prepared. */
const prepared = [
  // This one is imported in parts only.
  ...Object.keys(core.dependencies).filter((name) => name !== 'pure-rand'),
  'pure-rand/distribution/uniformFloat64',
  'pure-rand/generator/xoroshiro128plus',
  '@tensorflow/tfjs-core',
  'fast-check',
];

/** Runs a server like the Hugging Face Hub beside the engine suite, which tests in a browser reach too. */
const globalSetup = 'packages/core/test/support/hub-setup.ts';

/** The engine suite in Node on one backend. */
function engineSuite(backend: 'cpu' | 'wasm') {
  return {
    extends: true as const,
    test: {
      name: backend,
      environment: 'node' as const,
      include: [conformance],
      globalSetup,
      provide: { backend },
    },
  };
}

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    onConsoleLog: (log) => !log.includes('looks like you are running TensorFlow.js in Node.js'),
    projects: [
      {
        extends: true,
        // The examples import the library by its name, which elsewhere means its build.
        ssr: { resolve: { conditions: ['patchbay-source', ...defaultServerConditions] } },
        test: {
          name: 'node',
          environment: 'node',
          include: [
            'packages/*/{src,test}/**/*.test.{ts,tsx}',
            'app/**/*.test.{ts,tsx}',
            'scripts/**/*.test.ts',
            'bench/load/**/*.test.ts',
          ],
          exclude: ['**/node_modules/**', '**/*.browser.test.*', conformance],
          provide: { backend: 'cpu' },
        },
      },
      engineSuite('cpu'),
      engineSuite('wasm'),
      {
        extends: true,
        optimizeDeps: { include: prepared },
        test: {
          name: 'webgpu',
          include: [conformance],
          globalSetup,
          provide: { backend: 'webgpu' },
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: chromiumLaunch() }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
});
