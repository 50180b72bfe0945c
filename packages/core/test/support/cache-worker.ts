import { ModelCache } from '../../src/load/cache/model-cache.js';

/** Answers any message with what the browser's cache of models holds. */
globalThis.onmessage = async () => {
  const cache = await ModelCache.ofBrowser();
  globalThis.postMessage(await cache?.list());
};
