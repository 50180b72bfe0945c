import { expect, test } from '@playwright/test';
import { seriousFindings } from './axe.js';
import { Workbench } from './workbench.js';

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing serious in ${colorScheme} colours`, async ({ page }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const workbench = await Workbench.open(page, 'backend=wasm');
    await workbench.select('transformer.h_2.attn.pattern');
    expect(await seriousFindings(page)).toEqual([]);
  });

  test(`nor in the views of the digit classifier in ${colorScheme} colours`, async ({ page }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const workbench = await Workbench.openDigits(page);
    expect(await seriousFindings(page)).toEqual([]);
    await workbench.image.pixels.focus();
    await page.getByRole('tab', { name: 'Activation' }).click();
    await expect(page.getByRole('group', { name: 'Every channel' })).toBeVisible();
    expect(await seriousFindings(page)).toEqual([]);
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
