import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { seriousFindings } from './axe.js';
import { Workbench } from './workbench.js';

const digits = 'public/models/digits';
const vit = 'packages/core/test/golden/vit-tiny';

test('a model of plain tensors takes shapes and values, and shows how its output changes', async ({
  page,
}) => {
  const workbench = await Workbench.open(page, 'backend=wasm');
  const { userDefinedMetadata: _said, ...json } = JSON.parse(readFileSync(`${digits}/model.json`, 'utf8'));
  await workbench.openFiles([
    { name: 'model.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(json)) },
    {
      name: 'weights.bin',
      mimeType: 'application/octet-stream',
      buffer: readFileSync(`${digits}/weights.bin`),
    },
  ]);
  const tensors = page.getByRole('region', { name: 'Input tensors' });
  const shape = tensors.getByRole('textbox', { name: /Shape of image/ });
  await expect(shape).toHaveValue('1 × 8 × 8 × 1');
  await shape.fill('1, 8, 8');
  await expect(shape).toHaveAccessibleErrorMessage(/takes 4 axes, \? × 8 × 8 × 1/);
  await shape.fill('2, 8, 8, 1');
  const outputs = page.getByRole('table', { name: /Outputs/ });
  await expect(outputs).toContainText('2 × 10');

  await tensors.getByRole('combobox', { name: /Fill image/ }).selectOption('values');
  const values = tensors.getByRole('textbox', { name: /Values of image/ });
  await values.fill('1, 2, three');
  await expect(values).toHaveAccessibleErrorMessage(/“three”, value 2/);
  await values.fill('0.5 '.repeat(127));
  await expect(values).toHaveAccessibleErrorMessage(/127 values are given; the shape has room for 128/);
  await tensors.getByLabel('Image file for image').setInputFiles('docs/workbench.png');
  await expect(shape).toHaveValue('1 × 8 × 8 × 1');
  await expect(values).toHaveValue(/^0\.\d+, 0\.\d+/);
  await tensors.getByRole('combobox', { name: /Fill image/ }).selectOption('random');
  await workbench.attach('relu1.output');
  await expect(outputs.getByRole('row', { name: /output/ })).not.toContainText('0 0 0');
  await expect(page.getByRole('application', { name: /delta values of output/ })).toBeVisible();
  expect(await seriousFindings(page)).toEqual([]);
});

test('an image file runs through a vision transformer', async ({ page }) => {
  const workbench = await Workbench.open(page, 'backend=wasm');
  await workbench.openFiles([`${vit}/config.json`, `${vit}/model.safetensors`]);
  await expect(workbench.image.panel).toBeVisible();
  const before = await workbench.topClean.textContent();
  expect(before).not.toBeNull();
  const picture = workbench.image.panel.locator('canvas').first();
  const blank = await picture.screenshot();
  await page.getByLabel('Image file').setInputFiles('docs/workbench.png');
  await expect(async () => expect((await picture.screenshot()).equals(blank)).toBe(false)).toPass();
  await expect(workbench.status).toContainText('operations');
  await page.getByLabel('Image file').setInputFiles('README.md');
  await expect(workbench.image.panel.getByRole('alert')).toContainText('no image that this browser can read');
});
