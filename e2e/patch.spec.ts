import { expect, test } from '@playwright/test';
import { Workbench } from './workbench.js';

const pattern = 'transformer.h_2.attn.pattern';

test('a patch changes the answer, and removing it brings the answer back', async ({ page }) => {
  const workbench = await Workbench.open(page);
  await workbench.removeAllPatches();
  const clean = await workbench.cleanAnswer();
  await expect(workbench.topPatched).toHaveText(clean);

  await workbench.attach(pattern);
  await expect(workbench.patch(pattern)).toBeVisible();
  await expect(workbench.topPatched).not.toHaveText(clean);
  await expect(workbench.topClean).toHaveText(clean);

  await workbench.remove(pattern);
  await expect(workbench.topPatched).toHaveText(clean);
});

test('the example on opening has a patch that changes the most probable token', async ({ page }) => {
  const workbench = await Workbench.open(page);
  const clean = await workbench.cleanAnswer();
  await expect(workbench.topPatched).not.toHaveText(clean);
});

test('runs on WebGPU where there is an adapter', async ({ page }) => {
  const workbench = await Workbench.open(page);
  await expect(workbench.backend).toContainText(/webgpu/i);
});

test('a slice that does not fit is explained at its field', async ({ page }) => {
  const workbench = await Workbench.open(page, 'backend=wasm');
  await workbench.removeAllPatches();
  await workbench.attach(pattern);
  await workbench.slice(pattern).fill(':, 99');
  await expect(workbench.slice(pattern)).toHaveAccessibleErrorMessage(/99/);
});
