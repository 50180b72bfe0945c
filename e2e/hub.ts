import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { type HubModel, HubServer } from '../packages/core/test/support/hub-server.js';

export const WEIGHTS = 'model.safetensors';

function files(folder: string, names: string[]): HubModel['files'] {
  const read = (name: string) => [name, new Uint8Array(readFileSync(`public/models/${folder}/${name}`))];
  return Object.fromEntries(names.map(read));
}

/** The embedded language model, as the Hub would have it. */
export const littleWorld = files('little-world', ['config.json', WEIGHTS, 'tokenizer.json']);

/** The embedded digit classifier, as some server would have it. */
export const digits = files('digits', ['model.json', 'weights.bin']);

/** Has a page find a server of this machine where it looks for the Hugging Face Hub. */
export async function startHub(page: Page, models: Record<string, HubModel>): Promise<HubServer> {
  const hub = await HubServer.start(models);
  await page.context().route('https://huggingface.co/**', async (route) => {
    const { pathname, search } = new URL(route.request().url());
    const response = await route.fetch({ url: hub.url + pathname + search, maxRedirects: 0 });
    await route.fulfill({ response });
  });
  return hub;
}
