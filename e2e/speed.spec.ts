import { expect, test } from '@playwright/test';
import { timeToChange } from './stopwatch.js';
import { Workbench } from './workbench.js';

const openingLimit = 3000;
const clickLimit = 300;

test('an untouched page is useful within 3 s', async ({ page }) => {
  const start = performance.now();
  const workbench = await Workbench.open(page, 'backend=wasm');
  await expect(workbench.topPatched).not.toHaveText(await workbench.cleanAnswer());
  const milliseconds = Math.round(performance.now() - start);
  console.log(`useful after ${milliseconds} ms`);
  expect(milliseconds).toBeLessThan(openingLimit);
});

test('a click on a patch is answered within 300 ms on wasm', async ({ page }) => {
  const workbench = await Workbench.open(page, 'backend=wasm');
  await expect(workbench.backend).toContainText(/wasm|webassembly/i);
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
