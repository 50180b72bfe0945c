import { expect, test } from '@playwright/test';
import type { HubServer } from '../packages/core/test/support/hub-server.js';
import { seriousFindings } from './axe.js';
import { digits, littleWorld, startHub, WEIGHTS } from './hub.js';
import { ModelDialog } from './model-dialog.js';
import { Workbench } from './workbench.js';

const TOKEN = 'hf_secret';
/** Slow enough that nothing ends by itself while a test looks. */
const crawl = { path: WEIGHTS, server: 'cdn', slow: [20_000, 250] } as const;

let hub: HubServer;
let workbench: Workbench;
let models: ModelDialog;

test.beforeEach(async ({ page }) => {
  hub = await startHub(page, {
    'ours/little': { files: littleWorld },
    'ours/private': { files: littleWorld, token: TOKEN },
    'ours/gated': { files: littleWorld, gated: true },
    'ours/digits': { files: digits },
  });
  workbench = await Workbench.open(page, 'backend=wasm');
  models = new ModelDialog(workbench);
});
test.afterEach(() => hub.stop());

/** Waits until the title in the bar is that of a model, and that it has an answer. */
async function expectOpen(title: string): Promise<void> {
  await expect(models.dialog).toBeHidden();
  await expect(workbench.page.locator('.model-title')).toHaveText(title);
  await expect(workbench.topClean).not.toBeEmpty();
}

test('a model is planned, downloaded, stopped, resumed, and opened again without a connection', async ({
  page,
  context,
}) => {
  await models.lookUp('ours/little');
  await expect(models.dialog).toContainText('Language model · gpt2 · 996.1K parameters');
  await expect(models.download).toHaveText('Download 2.0 MB and open');

  hub.faults.push({ ...crawl, slow: [...crawl.slow] });
  await models.download.click();
  await expect(models.progress).toHaveAttribute('value', /\d/);
  await expect(models.dialog).toContainText(/MB · \d+ kB\/s · .* left/);
  await expect(page).toHaveTitle(/^\d+ % · Patchbay$/);
  await page.keyboard.press('Escape');
  await expect(models.dialog).toContainText(/Stopped at .* What has arrived is kept/);
  await expect(models.resume).toBeFocused();
  await expect(page).toHaveTitle('Patchbay');

  hub.reset();
  await models.resume.press('Enter');
  await expectOpen('ours/little');
  expect(hub.asked(WEIGHTS)[0]?.range).toMatch(/^bytes=[1-9]\d*-$/);
  await expect(workbench.prompt).toHaveValue(/went to the store/);
  await expect(workbench.topClean).toHaveText('Mary');

  await workbench.choose('Little World');
  await expectOpen('Little World');
  await context.unroute('https://huggingface.co/**');
  await context.setOffline(true);
  await models.lookUp('ours/little');
  await expect(models.dialog).toContainText('Nothing; all 2.0 MB are here.');
  await models.download.click();
  await expectOpen('ours/little');
  const notice = page.getByRole('status').filter({ hasText: 'did not say' });
  await expect(notice).toContainText('whether ours/little has changed, so what was kept of it is used');
  await notice.getByRole('button', { name: 'Dismiss' }).click();
  await expect(notice).toBeHidden();
});

test('the model of before runs while another one is downloaded', async ({ page }) => {
  hub.faults.push({ ...crawl, slow: [...crawl.slow] });
  await models.lookUp('ours/little');
  await models.download.click();
  await models.button('Go on in the background').click();
  await workbench.prompt.fill('The Eiffel Tower is in the city of');
  await expect(workbench.topClean).toHaveText(/Paris/);
  await expect(page.locator('.load-progress')).toContainText(/of 2.\d MB/);
  await page.getByRole('button', { name: 'Cancel loading ours/little' }).click();
  await expect(page.locator('.load-progress')).toBeHidden();
  await expect(page.getByRole('alert')).toBeHidden();
  await models.open();
  await expect(models.resume).toBeVisible();
});

test('a private model takes a token, which is kept nowhere', async ({ page, context }) => {
  await models.lookUp('ours/private');
  await expect(models.alert).toContainText("The Hub has no public model 'ours/private'");
  const token = models.dialog.getByLabel('Access token').and(page.locator(':visible'));
  await token.fill('hf_another');
  await token.press('Enter');
  await expect(models.alert).toContainText('that the token given may read');
  await token.fill(TOKEN);
  await token.press('Enter');
  await models.download.click();
  await expectOpen('ours/private');
  const stored = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
  expect(stored + JSON.stringify(await context.storageState()) + page.url()).not.toContain(TOKEN);
});

test('what cannot be had is explained, and tried again', async ({ page }) => {
  await models.open();
  await models.source.fill('gpt2');
  await expect(models.source).toHaveAttribute('aria-invalid', 'false');
  await models.source.press('Enter');
  await expect(models.source).toHaveAccessibleDescription(/owner\/name/);
  await models.source.fill('ours/nothing');
  await models.source.press('Enter');
  await expect(models.alert).toContainText("The Hub has no public model 'ours/nothing'");
  await models.button('Another model').click();
  await expect(models.source).toHaveValue('ours/nothing');
  await models.source.fill('ours/gated');
  await models.source.press('Enter');
  await expect(models.alert.getByRole('link')).toHaveAttribute('href', 'https://huggingface.co/ours/gated');
  await models.button('Another model').click();

  hub.faults.push({ path: WEIGHTS, server: 'cdn', status: 429 });
  await models.source.fill('ours/little');
  await models.source.press('Enter');
  await expect(models.alert).toContainText('answered 429 (Too Many Requests)');
  hub.reset();
  await models.button('Try again').click();
  await expect(models.download).toBeVisible();

  hub.faults.push({ path: WEIGHTS, server: 'cdn', status: 403 });
  await models.download.click();
  await expect(models.alert).toContainText(/It was not loaded\. .* Little World is still loaded/);
  await expect(models.button('Try again')).toBeFocused();
  hub.reset();
  await page.keyboard.press('Enter');
  await expectOpen('ours/little');
  await expect(page.getByRole('alert')).toBeHidden();
});

test('a server that lets no page read it may be why nothing comes', async () => {
  hub.faults.push({ path: 'config.json', server: 'cdn', noCors: true });
  await models.lookUp(`${hub.plain('ours/little')}/`);
  await expect(models.alert).toContainText('config.json could not be fetched. Check the connection');
  await expect(models.alert).toContainText('(CORS): download the files and open them here.');
});

test('what does not fit is said before the download', async ({ page, context }) => {
  // A worker whose script does not come from the network may not ask this machine for anything.
  await context.route(`https://huggingface.co/**/${WEIGHTS}`, async (route) => {
    const { pathname } = new URL(route.request().url());
    await route.fulfill({ response: await route.fetch({ url: hub.url + pathname }) });
  });
  await page.route(/engine\.worker[^/]*\.js/, async (route) => {
    const response = await route.fetch();
    const little = 'Object.defineProperty(navigator, "deviceMemory", { value: 0.015 });';
    await route.fulfill({ response, body: little + (await response.text()) });
  });
  workbench = await Workbench.open(page, 'backend=wasm');
  await models.lookUp('ours/little');
  await expect(models.dialog).toContainText('does not fit');
  await expect(models.download).toBeDisabled();
  await expect(models.download).toHaveAccessibleDescription(
    /are free of this device's 0.015 GiB .* smaller model/,
  );
  expect(hub.asked(WEIGHTS).every(({ range }) => range === 'bytes=0-262143')).toBe(true);
});

test('an address of a TensorFlow.js model opens it', async ({ page }) => {
  await models.lookUp(`${hub.plain('ours/digits')}/model.json`);
  await expect(models.dialog).toContainText('layers-model');
  await models.download.click();
  await expect(page.locator('.model-title')).toHaveText('digits');
  await expect(workbench.image.panel).toBeVisible();
});

test('downloads are listed, removed, and removed all at once', async ({ page }) => {
  for (const name of ['ours/little', `${hub.plain('ours/little')}/`]) {
    await models.lookUp(name);
    await models.download.click();
    await expect(models.dialog).toBeHidden();
  }
  await models.openDownloads();
  await expect(models.kept).toHaveCount(2);
  await expect(models.kept.nth(1)).toContainText(/ours\/little\s*c0ffee0 · complete · used today\s*2.1 MB/);
  await models.button('Remove ours/little').click();
  await expect(models.kept).toHaveCount(1);
  await models.button('Remove all').click();
  await models.button('Keep').click();
  await expect(models.kept).toHaveCount(1);
  await models.button('Remove all').click();
  await page.keyboard.press('Enter');
  await expect(models.dialog).toContainText('Nothing is kept.');
});

test('after a crash the model comes back from what is kept', async ({ page, context }) => {
  await models.lookUp('ours/little');
  await models.download.click();
  await expectOpen('ours/little');
  await workbench.attach('transformer.h_2.attn.pattern');
  await context.unroute('https://huggingface.co/**');
  await context.route('https://huggingface.co/**', (route) => route.abort());
  await page.workers()[0]?.evaluate(() => {
    setTimeout(() => {
      throw new Error('out of memory');
    });
  });
  await expect(page.getByRole('alert')).toContainText('The engine stopped.');
  await page.getByRole('button', { name: 'Restart the engine' }).click();
  await expectOpen('ours/little');
  await expect(workbench.patch('transformer.h_2.attn.pattern')).toBeVisible();
});

test('a model is downloaded by keyboard alone', async ({ page }) => {
  const menu = page.locator('[popovertarget="model-popover"]');
  await menu.press('Enter');
  await page.getByRole('button', { name: 'More models' }).focus();
  await page.keyboard.press('Enter');
  await expect(models.source).toBeFocused();
  await page.keyboard.type('ours/little');
  await page.keyboard.press('Enter');
  await expect(models.download).toBeVisible();
  await expect(page.getByRole('heading', { name: 'ours/little' })).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(models.dialog.getByRole('radio', { name: /^float32/ })).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Tab');
  await expect(models.download).toBeFocused();
  await page.keyboard.press('Enter');
  await expectOpen('ours/little');
  await expect(menu).toBeFocused();
});

test('the dialog fits into a phone', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  hub.faults.push({ ...crawl, slow: [...crawl.slow] });
  const expectNoOverflow = async () => {
    const widths = await models.dialog.evaluate((element) =>
      [...element.querySelectorAll('*')].map((each) => each.getBoundingClientRect().right),
    );
    expect(Math.max(...widths)).toBeLessThanOrEqual(390);
  };
  await models.open();
  await expectNoOverflow();
  await models.source.fill('ours/little');
  await models.source.press('Enter');
  await models.download.click();
  await expect(models.progress).toBeVisible();
  await expectNoOverflow();
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing serious in the dialog in ${colorScheme} colours`, async ({ page }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await models.open();
    await models.dialog.getByText('Revision and access token').click();
    expect(await seriousFindings(page)).toEqual([]);
    await models.source.fill('ours/gated');
    await models.source.press('Enter');
    await expect(models.alert).toBeVisible();
    expect(await seriousFindings(page)).toEqual([]);
    await models.button('Another model').click();
    hub.faults.push({ ...crawl, slow: [...crawl.slow] });
    await models.source.fill('ours/little');
    await models.source.press('Enter');
    await expect(models.download).toBeVisible();
    expect(await seriousFindings(page)).toEqual([]);
    await models.download.click();
    await expect(models.progress).toBeVisible();
    expect(await seriousFindings(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await expect(models.resume).toBeVisible();
    await models.dialog.getByRole('tab', { name: 'Downloads' }).click();
    await expect(models.kept).toHaveCount(2);
    expect(await seriousFindings(page)).toEqual([]);
  });
}
