import { expect, test } from '@playwright/test';
import { Workbench } from './workbench.js';

test('views open without a connection', async ({ page }) => {
  const workbench = await Workbench.open(page, 'backend=wasm');
  await page.waitForLoadState('networkidle');
  await page.context().setOffline(true);
  await page.getByRole('tab', { name: 'Activation' }).click();
  await expect(page.getByRole('tabpanel')).toContainText('1 × 4 × 14 × 14');
  await expect(workbench.prompt).toBeVisible();
});

test('a view whose script is missing says so in its place', async ({ page }) => {
  await page.route(/activation-view/, (route) => route.abort());
  const workbench = await Workbench.open(page, 'backend=wasm');
  await page.getByRole('tab', { name: 'Activation' }).click();
  await expect(page.getByRole('tabpanel').getByRole('alert')).toContainText('could not be drawn');
  await page.getByRole('tab', { name: 'Compare' }).click();
  await expect(workbench.topPatched).not.toBeEmpty();
});

test('a shorter prompt keeps the chosen cut where it can', async ({ page }) => {
  const workbench = await Workbench.open(page, 'backend=wasm');
  await workbench.select('transformer.h_0.output');
  await page.getByRole('tab', { name: 'Activation' }).click();
  await page.getByRole('combobox', { name: 'Columns' }).selectOption({ label: 'batch' });
  await page.getByRole('combobox', { name: 'Rows' }).selectOption({ label: 'feature' });
  await page.getByRole('slider', { name: 'position' }).press('End');
  await workbench.prompt.fill('Mary and John');
  await expect(page.getByRole('tabpanel')).toContainText(/1 × \d × 128/);
  await expect(page.getByRole('tabpanel').getByRole('alert')).toHaveCount(0);
});

test('the focus stays in the list when patches go or move', async ({ page }) => {
  const workbench = await Workbench.open(page, 'backend=wasm');
  const items = workbench.patches.getByRole('listitem');
  await items.first().getByRole('button', { name: 'Duplicate' }).click();
  await items.first().getByRole('button', { name: 'Move down' }).press('Enter');
  await expect(items.nth(1).getByRole('button', { name: 'Move up' })).toBeFocused();
  await items.nth(1).getByRole('button', { name: 'Delete' }).press('Enter');
  await expect(items.first().getByRole('button', { name: 'Delete' })).toBeFocused();
  await items.first().getByRole('button', { name: 'Delete' }).press('Enter');
  await expect(page.getByRole('button', { name: 'Add patch' })).toBeFocused();
});

test('opening a node in the tree does not scroll it away', async ({ page }) => {
  const workbench = await Workbench.open(page, 'backend=wasm');
  await workbench.select('transformer.ln_f');
  await workbench.filter.fill('');
  const opened = workbench.node('transformer.wte');
  await workbench.tree.hover();
  await page.mouse.wheel(0, -10_000);
  await opened.locator('.node-chevron').click();
  await expect(workbench.node('transformer.wte.weight')).toBeInViewport();
  await expect(opened).toBeInViewport();
});

test('values that outgrow float32 are named', async ({ page }) => {
  const workbench = await Workbench.open(page, 'backend=wasm');
  await workbench.removeAllPatches();
  const path = 'transformer.h_1.output';
  await workbench.attach(path);
  await workbench.patch(path).getByRole('combobox').selectOption('replace');
  const value = workbench.patch(path).getByRole('textbox', { name: 'Value' });
  await value.fill('1e39');
  await expect(value).toHaveAccessibleErrorMessage(/float32/);
  await value.fill('1e38');
  await expect(page.getByRole('tabpanel')).toContainText('not numbers');
});

test('the models fit into a phone', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await Workbench.open(page, 'backend=wasm');
  await page.getByRole('button', { name: /Little World/ }).click();
  const box = await page.getByRole('dialog', { name: 'Models' }).boundingBox();
  expect(box?.x).toBeGreaterThanOrEqual(0);
  expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(390);
});

test('on a phone the filter outlasts a look at other panels', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  const workbench = await Workbench.open(page, 'backend=wasm');
  await page.getByRole('tab', { name: 'Nodes' }).click();
  await workbench.filter.fill('attn.pattern');
  await page.getByRole('tab', { name: 'Patches' }).click();
  await page.getByRole('tab', { name: 'Nodes' }).click();
  await expect(workbench.filter).toHaveValue('attn.pattern');
});

test('arrow keys keep the picked cell of a tall heatmap in view', async ({ page }) => {
  await page.setViewportSize({ width: 1440, height: 500 });
  const workbench = await Workbench.open(page, 'backend=wasm');
  await workbench.select('transformer.wte.weight');
  await page.getByRole('tab', { name: 'Activation' }).click();
  const heatmap = page.getByRole('application');
  for (let row = 0; row < 80; row += 1) await heatmap.press('ArrowDown');
  await expect(page.locator('.heatmap-cursor')).toBeInViewport();
});
