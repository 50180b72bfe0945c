import { expect, test } from '@playwright/test';
import { Workbench } from './workbench.js';

const seven = [
  [0.2, 0.15],
  [0.8, 0.15],
  [0.45, 0.9],
] as const;

const zero = Array.from({ length: 25 }, (_, at) => {
  const turn = (at / 24) * 2 * Math.PI;
  return [0.5 + 0.28 * Math.sin(turn), 0.5 - 0.4 * Math.cos(turn)] as const;
});

test('the example of the digits has a patch that changes the class', async ({ page }) => {
  const workbench = await Workbench.openDigits(page);
  await expect(workbench.topPatched).toHaveText('8');
  await expect(workbench.image.sample('7')).toHaveAttribute('aria-pressed', 'true');
  await expect(page.getByRole('row', { name: /^8/ })).toContainText('+70.5');
});

test('a drawn digit is told apart, and a channel set to zero changes the answer', async ({ page }) => {
  const workbench = await Workbench.openDigits(page);
  await workbench.removeAllPatches();
  await workbench.image.clear.click();
  await workbench.image.draw(seven);
  await expect(workbench.topClean).toHaveText('7');
  await expect(workbench.topPatched).toHaveText('7');

  await workbench.select('relu1.output');
  await page.getByRole('tab', { name: 'Activation' }).click();
  await page.getByRole('button', { name: 'channel 2' }).click();
  await page.getByRole('application', { name: /values of relu1.output/ }).press('ArrowRight');
  await page.getByRole('button', { name: 'Patch all shown' }).click();
  await expect(workbench.slice('relu1.output')).toHaveValue(':, :, :, 2');
  await page.getByRole('tab', { name: 'Compare' }).click();
  await expect(workbench.topPatched).toHaveText('2');
  await expect(workbench.topClean).toHaveText('7');
});

test('the answer follows the drawing, and undo brings the one before back', async ({ page }) => {
  const workbench = await Workbench.openDigits(page);
  await workbench.removeAllPatches();
  await workbench.image.draw(zero);
  await expect(workbench.topClean).toHaveText('0');
  await workbench.image.clear.click();
  await workbench.image.expectInk(false);
  await page.keyboard.press('ControlOrMeta+z');
  await expect(workbench.topClean).toHaveText('0');
});

test('a digit is inked by keyboard alone, and samples are chosen', async ({ page }) => {
  const workbench = await Workbench.openDigits(page);
  await workbench.removeAllPatches();
  await workbench.image.clear.press('Enter');
  await workbench.image.expectInk(false);
  await workbench.image.pixels.focus();
  for (let column = 0; column < 4; column += 1) await page.keyboard.press('ArrowRight');
  for (let row = 0; row < 8; row += 1) {
    await page.keyboard.press('Space');
    await page.keyboard.press('ArrowDown');
  }
  await expect(workbench.image.pixels).toContainText('Row 7, column 4, ink 1');
  await expect(workbench.topClean).toHaveText('1');
  await page.keyboard.press('Delete');
  await expect(workbench.image.pixels).toContainText('Row 7, column 4, ink 0');

  await workbench.image.sample('3').press('Enter');
  await expect(workbench.topClean).toHaveText('3');
});

test('each model keeps its input and patches while another one is open', async ({ page }) => {
  const workbench = await Workbench.openDigits(page);
  await workbench.image.sample('4').click();
  await expect(workbench.topClean).toHaveText('4');
  await workbench.choose('Little World');
  await expect(workbench.prompt).toHaveValue(/handed a kite to/);
  await expect(workbench.patch('transformer.h_0.attn.pattern')).toBeVisible();
  await workbench.prompt.fill('The Eiffel Tower is in the city of');
  await workbench.choose('Digits');
  await expect(workbench.image.sample('4')).toHaveAttribute('aria-pressed', 'true');
  await expect(workbench.patch('relu1.output')).toBeVisible();
  await workbench.choose('Little World');
  await expect(workbench.prompt).toHaveValue(/Eiffel/);
});

test('on a phone a digit can be drawn and its class read', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  const workbench = await Workbench.openDigits(page);
  await workbench.image.draw(zero);
  await expect(workbench.topClean).toHaveText('0');
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(width).toBeLessThanOrEqual(390);
  const box = await workbench.image.panel.boundingBox();
  expect(box?.height).toBeLessThan(380);
});

test('activations of convolutions are seen channel by channel', async ({ page }) => {
  const workbench = await Workbench.openDigits(page);
  await workbench.select('relu2.output');
  await page.getByRole('tab', { name: 'Activation' }).click();
  await expect(page.getByRole('group', { name: 'Every channel' }).getByRole('button')).toHaveCount(12);
  await expect(page.getByRole('combobox', { name: 'Rows' })).toHaveValue('1');
  await page.getByRole('button', { name: 'channel 5' }).click();
  await expect(page.getByRole('slider', { name: 'channel' })).toHaveValue('5');
});
