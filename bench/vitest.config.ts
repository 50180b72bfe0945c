import { defineConfig } from 'vitest/config';

/** `npm run bench`: prints how many times faster or slower each way is than the others. */
export default defineConfig({
  test: {
    environment: 'node',
    benchmark: { include: ['bench/**/*.bench.ts'] },
    provide: { backend: 'wasm' },
  },
});
