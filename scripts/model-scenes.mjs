/** Pictures of the dialog in which models are found and downloaded. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** @typedef {import('@playwright/test').Page} Page */

const folder = 'public/models/little-world';
const weights = 'model.safetensors';
const names = ['config.json', weights, 'tokenizer.json'];
const commit = 'c0ffee'.padEnd(40, '0');

/** @type {Record<string, (page: Page) => Promise<void>>} */
export const modelScenes = {
  'models-find': async (page) => {
    await openModels(page);
  },
  'models-plan': async (page) => {
    await plan(page, 'ours/little');
  },
  'models-stopped': async (page) => {
    await plan(page, 'ours/little');
    await page.route(`https://huggingface.co/**/${weights}`, () => new Promise(() => {}));
    await page.getByRole('button', { name: /^Download/ }).click();
    await page.getByRole('progressbar', { name: /Download of/ }).waitFor();
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await page.getByRole('button', { name: 'Resume' }).waitFor();
  },
  'models-token': async (page) => {
    await plan(page, 'ours/private');
  },
  'models-kept': async (page) => {
    await plan(page, 'ours/little');
    await page.getByRole('button', { name: /^Download/ }).click();
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await page.locator('[popovertarget="model-popover"]').click();
    await page.getByRole('button', { name: 'Downloads' }).click();
    await page.getByRole('button', { name: 'Remove ours/little' }).waitFor();
  },
};

/** @param {Page} page */
async function openModels(page) {
  await page.locator('[popovertarget="model-popover"]').click();
  await page.getByRole('button', { name: 'More models' }).click();
  await page.getByRole('dialog', { name: 'More models' }).waitFor();
}

/** @param {Page} page @param {string} id */
async function plan(page, id) {
  await page.route('https://huggingface.co/**', answer);
  await openModels(page);
  await page.getByRole('textbox', { name: /Hugging Face model/ }).fill(id);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Another model' }).waitFor();
}

/** Answers as the Hub does about the one model that is public. @param {import('@playwright/test').Route} route */
async function answer(route) {
  const { pathname } = new URL(route.request().url());
  const headers = { 'access-control-allow-origin': '*' };
  if (!pathname.includes('/ours/little')) return route.fulfill({ status: 401, headers });
  if (pathname.startsWith('/api/')) {
    const json = pathname.includes('/tree/')
      ? names.map(entry)
      : { _id: '0', id: 'ours/little', sha: commit };
    return route.fulfill({ json, headers });
  }
  const name = names.find((each) => pathname.endsWith(each));
  if (name === undefined) return route.fulfill({ status: 404, headers });
  return route.fulfill({ body: readFileSync(`${folder}/${name}`), headers });
}

/** @param {string} path */
function entry(path) {
  const bytes = readFileSync(`${folder}/${path}`);
  const lfs = { oid: createHash('sha256').update(bytes).digest('hex'), size: bytes.length, pointerSize: 130 };
  return { type: 'file', path, oid: '0', size: bytes.length, ...(path === weights && { lfs }) };
}
