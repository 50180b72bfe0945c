/** `npm run example:…`: runs a folder of `examples` in Node; Vite reads its TypeScript and our packages'. */
import { createServer, defaultServerConditions } from 'vite';

const [name] = process.argv.slice(2);
const server = await createServer({
  configFile: false,
  appType: 'custom',
  logLevel: 'warn',
  optimizeDeps: { noDiscovery: true },
  server: { middlewareMode: true, watch: null, ws: false },
  ssr: { resolve: { conditions: ['patchbay-source', ...defaultServerConditions] } },
});
try {
  await server.ssrLoadModule(`/examples/${name}/main.ts`);
} finally {
  await server.close();
}
