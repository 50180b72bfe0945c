import type { Locator, Page } from '@playwright/test';

/**
 * Starts to measure, in the page itself, the time from the next press of a pointer to the next change of
 * an element's text. The driver's own time stays out. The returned function waits for the milliseconds.
 */
export async function timeToChange(page: Page, element: Locator): Promise<() => Promise<number>> {
  const handle = await element.evaluateHandle((watched) => {
    const before = watched.textContent;
    const measured = new Promise<number>((resolve) => {
      addEventListener(
        'pointerdown',
        (event) => {
          const observer = new MutationObserver(() => {
            if (watched.textContent === before) return;
            observer.disconnect();
            requestAnimationFrame((now) => resolve(now - event.timeStamp));
          });
          observer.observe(watched, { childList: true, characterData: true, subtree: true });
        },
        { once: true, capture: true },
      );
    });
    return { measured };
  });
  return () => page.evaluate(({ measured }) => measured, handle);
}
