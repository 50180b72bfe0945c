/** `npm run example:…` and `bench:load`: runs a TypeScript file in Node; Vite reads it and our packages'. */
import { createServer, defaultServerConditions } from 'vite';

const [file] = process.argv.slice(2);
const server = await createServer({
  configFile: false,
  appType: 'custom',
  logLevel: 'warn',
  optimizeDeps: { noDiscovery: true },
  server: { middlewareMode: true, watch: null, ws: false },
  ssr: { resolve: { conditions: ['patchbay-source', ...defaultServerConditions] } },
});
try {
  await server.ssrLoadModule(`/${file}`);
} finally {
  await server.close();
}
