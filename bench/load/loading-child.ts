import { loadPretrained } from '@patchbay/core';
import type { Loading } from './loading.js';
import { heapBytes, startWasm } from './wasm.js';

const folder = process.argv.at(-1) as string;
await startWasm();
const before = process.memoryUsage.rss();
const started = performance.now();
await loadPretrained(folder);
const milliseconds = performance.now() - started;
// Linux and macOS both give kilobytes here.
const peak = process.resourceUsage().maxRSS * 1024 - before;
console.log(JSON.stringify({ milliseconds, peak, heap: heapBytes() } satisfies Loading));
