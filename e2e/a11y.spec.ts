import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import { Workbench } from './workbench.js';

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing serious in ${colorScheme} colours`, async ({ page }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const workbench = await Workbench.open(page, 'backend=wasm');
    await workbench.select('transformer.h_2.attn.pattern');
    const { violations } = await new AxeBuilder({ page }).analyze();
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    const found = serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join('\n')}`);
    expect(found).toEqual([]);
  });
}

test('every control has the keyboard: filter, tree, patches', async ({ page }) => {
  const workbench = await Workbench.open(page, 'backend=wasm');
  await workbench.filter.focus();
  await page.keyboard.type('attn.pattern');
  await page.keyboard.press('Tab');
  await page.keyboard.press('ArrowDown');
  await expect(workbench.tree.locator(':focus')).toHaveRole('treeitem');
});
