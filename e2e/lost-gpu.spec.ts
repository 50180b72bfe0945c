import { expect, test } from '@playwright/test';
import { Workbench } from './workbench.js';

/** Has the engine's worker keep its GPU device where a test can reach it. */
const KEEP_DEVICE = `
const { requestDevice } = GPUAdapter.prototype;
GPUAdapter.prototype.requestDevice = async function (...args) {
  self.testDevice = await requestDevice.apply(this, args);
  return self.testDevice;
};
`;

test('a lost GPU is told, and the engine starts anew', async ({ page }) => {
  await page.route(/engine\.worker/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: KEEP_DEVICE + (await response.text()) });
  });
  const workbench = await Workbench.open(page, 'backend=webgpu');
  const answer = await workbench.cleanAnswer();
  const [worker] = page.workers();
  await worker?.evaluate(() => (self as unknown as { testDevice: GPUDevice }).testDevice.destroy());
  const banner = page.getByRole('alert').filter({ hasText: 'The engine stopped.' });
  await expect(banner).toContainText('The GPU was lost');
  await banner.getByRole('button', { name: 'Restart the engine' }).click();
  await expect(banner).toHaveCount(0);
  await expect(workbench.topClean).toHaveText(answer);
});
