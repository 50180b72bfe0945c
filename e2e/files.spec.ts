import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { Workbench } from './workbench.js';

/** A checkpoint kept beside the repository: a Llama with 260,000 parameters. */
const folder = '../shared/models/stories260k';
const names = ['config.json', 'model.safetensors', 'tokenizer.json', 'tokenizer_config.json'];
const here = existsSync(folder);

test('opens a checkpoint from files', async ({ page }) => {
  const missing = `there is no ${folder}`;
  if (!here) console.log(missing);
  test.skip(!here && process.env.CI !== 'true', missing);
  expect(here, `${missing}, which is required when CI=true`).toBe(true);
  const workbench = await Workbench.open(page, 'backend=wasm');
  const before = await workbench.cleanAnswer();

  await workbench.openFiles(names.map((name) => join(folder, name)));
  await workbench.filter.fill('model.layers_0');
  await expect(workbench.node('model.layers_0')).toBeVisible();

  await workbench.prompt.fill('Once upon a time, there was a little girl');
  await expect(workbench.topClean).not.toHaveText(before);
});
