import type { TestProject } from 'vitest/node';
import { goldenFolder } from './checkpoint.js';
import { HubServer } from './hub-server.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Addresses of a server like the Hub, for tests that may run in a browser. */
    hub: { url: string; plain: string };
  }
}

/** The token that the private model of the server takes. */
const TOKEN = 'hf_secretsecret';

/** Runs beside the tests of a project. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const files = await goldenFolder('llama-tiny');
  const hub = await HubServer.start({ 'ours/tiny': { files }, 'ours/private': { files, token: TOKEN } });
  provide('hub', { url: hub.url, plain: hub.plain('ours/tiny') });
  return () => hub.stop();
}
