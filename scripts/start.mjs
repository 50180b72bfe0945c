/** `npm start`: sets up what is missing, builds the page if its sources changed, and serves it on this machine. */
import { join } from 'node:path';
import { ensureDependencies } from './dependencies.mjs';
import { isStale } from './stale.mjs';

const sources = [
  'app',
  'packages/core/src',
  'packages/ui/src',
  'public',
  'package-lock.json',
  'vite.config.ts',
];

process.chdir(join(import.meta.dirname, '..'));
await ensureDependencies();
const { build, preview } = await import('vite');

if (isStale('dist/index.html', sources)) {
  console.log('Building the page.');
  await build({ logLevel: 'warn' });
}

const server = await preview({ preview: { host: '127.0.0.1', port: 4180 } });
console.log(`Patchbay runs at ${server.resolvedUrls?.local[0]} (Ctrl+C stops it).`);

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    server.close().finally(() => process.exit(0));
  });
}
