import { inject } from 'vitest';
import type { Fault, SeenRequest } from './hub-server.js';

/** The server like the Hub that runs beside the tests, also those in a browser. */
export const hub = {
  get url(): string {
    return inject('hub').url;
  },

  /** The address of the folder of its model on a server that is no Hub. */
  get plain(): string {
    return inject('hub').plain;
  },

  /** Forgets all requests, and lets these faults happen from now on. */
  async reset(...faults: Fault[]): Promise<void> {
    await fetch(`${inject('hub').url}/-/faults`, { method: 'POST', body: JSON.stringify(faults) });
  },

  /** The requests since then, without those that browsers make beforehand. */
  async requests(): Promise<SeenRequest[]> {
    const response = await fetch(`${inject('hub').url}/-/requests`);
    return ((await response.json()) as SeenRequest[]).filter(({ method }) => method !== 'OPTIONS');
  },
};
