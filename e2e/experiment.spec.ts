import { expect, test } from '@playwright/test';
import { Workbench } from './workbench.js';

const block = 'transformer.h_2.output';

test('another prompt, and every kind of patch on a slice', async ({ page }) => {
  const workbench = await Workbench.open(page, 'backend=wasm');
  await workbench.removeAllPatches();
  await workbench.prompt.fill('The Eiffel Tower is in the city of');
  await expect(workbench.topClean).toHaveText(/Paris/);

  await workbench.attach(block);
  await expect(workbench.topPatched).not.toHaveText(/Paris/);
  const patch = workbench.patch(block);
  await workbench.slice(block).fill(':, 0');
  await expect(workbench.status).toContainText('recomputed');

  const kind = patch.getByRole('combobox', { name: 'Kind of the patch' });
  await kind.selectOption('add');
  const value = patch.getByRole('textbox', { name: 'Value' });
  await workbench.slice(block).fill(':, -1, 0');
  await value.fill('0');
  await expect(workbench.topPatched).toHaveText(/Paris/);
  await value.fill('[1, ');
  await expect(value).toHaveAccessibleErrorMessage(/\S/);
  await value.fill('[1000]');
  await expect(workbench.topPatched).not.toHaveText(/Paris/);
  await kind.selectOption('replace');
  await value.fill('1e4');
  await expect(workbench.topPatched).not.toHaveText(/Paris/);

  await kind.selectOption('probe');
  await expect(workbench.topPatched).toHaveText(/Paris/);
  await workbench.slice(block).fill('0, -1, :3');
  await expect(patch.getByRole('status')).toContainText('[3]');

  await patch.getByRole('checkbox').focus();
  await page.keyboard.press('ControlOrMeta+z');
  await page.keyboard.press('ControlOrMeta+z');
  await expect(kind).toHaveValue('replace');
});

test('a node shows its values and its source lines', async ({ page }) => {
  const workbench = await Workbench.open(page, 'backend=wasm');
  await workbench.select('transformer.h_2.attn.pattern');
  await page.getByRole('tab', { name: 'Activation' }).click();
  await expect(page.getByRole('tabpanel')).toContainText('1 × 4 × 14 × 14');
  await page.getByRole('checkbox', { name: 'Table' }).check();
  await expect(page.getByRole('tabpanel').getByRole('table')).toContainText('kite');
  await page.getByRole('tab', { name: 'Source' }).click();
  await expect(page.getByRole('tabpanel')).toContainText('packages/core/src/nn/attention.ts');
  await expect(page.getByRole('tabpanel')).toContainText("named('pattern', tf.softmax(scores))");
  await expect(page.getByRole('tabpanel')).not.toContainText('http:');
});
