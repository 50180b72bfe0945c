import react from '@vitejs/plugin-react';
import { defaultClientConditions, defineConfig } from 'vite';

/** They make the page cross-origin isolated, which shared memory and precise clocks need. */
const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** Node names come from classes and stack frames, so minifying must leave names alone. */
const minify = { mangle: { keepNames: true }, compress: { keepNames: { function: true, class: true } } };

export default defineConfig({
  root: 'app',
  base: './',
  publicDir: '../public',
  plugins: [react()],
  // Our packages are read as TypeScript here; elsewhere the same names mean their builds.
  resolve: { conditions: ['patchbay-source', ...defaultClientConditions] },
  // The worker's dependencies are found at the start; found later they would reload the page.
  optimizeDeps: { entries: ['index.html', 'src/shell/engine.worker.ts'] },
  server: { host: '127.0.0.1', headers },
  preview: { host: '127.0.0.1', headers },
  build: {
    outDir: '../dist',
    emptyOutDir: true,
    sourcemap: true,
    rolldownOptions: { output: { minify } },
  },
  worker: {
    format: 'es',
    // tfjs apart from our code, whose source map is then small enough to be fetched for a source view.
    rolldownOptions: {
      output: {
        minify,
        codeSplitting: {
          groups: [
            { name: 'tfjs-wasm', test: /@tensorflow\/tfjs-backend-wasm/, priority: 1 },
            { name: 'tfjs-webgpu', test: /@tensorflow\/tfjs-backend-webgpu/, priority: 1 },
            { name: 'tfjs', test: /@tensorflow/ },
          ],
        },
      },
    },
  },
});
