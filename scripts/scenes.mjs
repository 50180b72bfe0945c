/** What the pictures of the page show: ways from the opened page to a view, by name. */
import { readFileSync } from 'node:fs';
import { modelScenes } from './model-scenes.mjs';

/** @typedef {import('@playwright/test').Page} Page */

const digits = 'public/models/digits';
const vit = 'packages/core/test/golden/vit-tiny';

/** A three in one stroke, on a pad whose sides go from 0 to 1. */
const three = [
  [0.25, 0.2],
  [0.7, 0.12],
  [0.45, 0.42],
  [0.7, 0.6],
  [0.65, 0.85],
  [0.25, 0.88],
];

/** @type {Record<string, (page: Page) => Promise<void>>} */
export const scenes = {
  opening: async () => {},
  digits: openDigits,
  drawing: async (page) => {
    await openDigits(page);
    await draw(page, three);
    await page.getByTestId('top-clean').filter({ hasText: /^3$/ }).waitFor();
    await page.getByRole('application', { name: /Pixels/ }).press('ArrowRight');
  },
  channels: async (page) => {
    await openDigits(page);
    await page.getByRole('tab', { name: 'Activation' }).click();
    await page.getByRole('group', { name: 'Every channel' }).waitFor();
  },
  tensors: async (page) => {
    const { userDefinedMetadata: _said, ...model } = JSON.parse(readFileSync(`${digits}/model.json`, 'utf8'));
    await openFiles(page, [
      file('model.json', JSON.stringify(model)),
      file('weights.bin', readFileSync(`${digits}/weights.bin`)),
    ]);
    await page.getByRole('combobox', { name: /Fill image/ }).selectOption('random');
    await patch(page, 'relu1.output');
    await page
      .getByTestId('status')
      .filter({ hasText: /[1-9]\d* recomputed/ })
      .waitFor();
    await page.getByRole('application', { name: /delta values of output/ }).waitFor();
  },
  image: async (page) => {
    await openFiles(
      page,
      ['config.json', 'model.safetensors'].map((name) => file(name, readFileSync(`${vit}/${name}`))),
    );
    await page.getByLabel('Image file').setInputFiles('docs/workbench.png');
    await page.getByTestId('top-clean').filter({ hasText: /^cat$/ }).waitFor();
  },
  ...modelScenes,
};

/** @param {Page} page */
async function openDigits(page) {
  await page.locator('[popovertarget="model-popover"]').click();
  await page.getByRole('dialog', { name: 'Models' }).getByRole('button', { name: 'Digits' }).first().click();
  await page.getByTestId('top-patched').filter({ hasText: /^8$/ }).waitFor();
}

/** @param {Page} page @param {number[][]} points */
async function draw(page, points) {
  const box = await page.getByRole('img', { name: /Drawing pad/ }).boundingBox();
  if (box === null) throw new Error('The drawing pad is not visible.');
  const [first = [], ...others] = points.map(([x = 0, y = 0]) => [
    box.x + x * box.width,
    box.y + y * box.height,
  ]);
  await page.mouse.move(first[0] ?? 0, first[1] ?? 0);
  await page.mouse.down();
  for (const [x = 0, y = 0] of others) await page.mouse.move(x, y, { steps: 6 });
  await page.mouse.up();
}

/** Patches a node; on a phone the tree and the results are on panels of their own.
 * @param {Page} page @param {string} path */
async function patch(page, path) {
  const nodes = page.getByRole('tab', { name: 'Nodes' });
  const isNarrow = await nodes.isVisible();
  if (isNarrow) await nodes.click();
  await page.getByRole('searchbox', { name: 'Filter nodes' }).fill(path);
  await page.locator(`[role=treeitem][data-path="${path}"]`).click();
  await page.keyboard.press('p');
  if (isNarrow) await page.getByRole('tab', { name: 'Results' }).last().click();
}

/** @param {string} name @param {string | Buffer} content */
function file(name, content) {
  return { name, mimeType: 'application/octet-stream', buffer: Buffer.from(content) };
}

/** @param {Page} page @param {{ name: string, mimeType: string, buffer: Buffer }[]} files */
async function openFiles(page, files) {
  await page.locator('input[type=file]').first().setInputFiles(files);
}
