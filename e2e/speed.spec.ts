import { expect, test } from '@playwright/test';
import { timeToChange } from './stopwatch.js';
import { Workbench } from './workbench.js';

const openingLimit = 3000;
const clickLimit = 300;

test('an untouched page is useful within 3 s', async ({ page }) => {
  await page.goto('/?backend=wasm');
  const answered = await page.waitForFunction(
    () => document.querySelector('[data-testid=top-patched]')?.textContent && performance.now(),
    undefined,
    { polling: 'raf' },
  );
  const milliseconds = Math.round(Number(await answered.jsonValue()));
  console.log(`useful after ${milliseconds} ms`);
  expect(milliseconds).toBeLessThan(openingLimit);
});

test('a click on a patch is answered within 300 ms on wasm', async ({ page }) => {
  const workbench = await Workbench.open(page, 'backend=wasm');
  await expect(workbench.backend).toContainText(/wasm|webassembly/i);
  await workbench.removeAllPatches();
  const clean = await workbench.cleanAnswer();
  await workbench.attach('transformer.h_2.attn.pattern');
  await expect(workbench.topPatched).not.toHaveText(clean);
  const times: number[] = [];
  for (let click = 0; click < 5; click++) {
    const answered = await timeToChange(page, workbench.topPatched);
    await workbench.toggleFirstPatch();
    times.push(Math.round(await answered()));
  }
  console.log(`a click was answered after ${times.join(', ')} ms`);
  const median = times.toSorted((a, b) => a - b)[2];
  expect(median).toBeLessThan(clickLimit);
});
