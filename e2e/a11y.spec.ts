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

test('a node is found, selected and patched by keyboard alone', async ({ page }) => {
  const workbench = await Workbench.open(page, 'backend=wasm');
  await workbench.filter.focus();
  await page.keyboard.type('h_3.attn.pattern');
  await page.keyboard.press('Tab');
  await page.keyboard.press('End');
  await expect(workbench.node('transformer.h_3.attn.pattern')).toBeFocused();
  await page.keyboard.press('p');
  await expect(workbench.patch('transformer.h_3.attn.pattern')).toBeVisible();
});
