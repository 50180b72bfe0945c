/** `npm run bench:load`: loads a checkpoint of GPT-2 small's shape and runs it, and prints what that takes. */
import { makeCheckpoint } from './checkpoint.js';
import { leastTimes, onnxRunner, ourRunner, promptOf, worstDifference } from './forward.js';
import { measureLoading } from './loading.js';
import { SMALL } from './network.js';
import { timeToRead } from './reading.js';
import { startWasm } from './wasm.js';

const FOLDER = 'node_modules/.cache/patchbay-bench/gpt2-small';
const TOKENS = 32;
const REPEATS = 9;
/** Sums are made in another order. */
const TOLERANCE = 1e-3;

const mebibytes = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`;
const times = (a: number, b: number) => `${(a / b).toFixed(2)} times`;

const checkpoint = await makeCheckpoint(FOLDER, SMALL);
console.log(`A random checkpoint of GPT-2 small's shape, ${mebibytes(checkpoint.bytes)} of float32`);

// Once before, so that the file is in the system's cache for both.
await timeToRead(checkpoint.file);
const reading = await timeToRead(checkpoint.file);
const { milliseconds, peak, heap } = await measureLoading(FOLDER);
console.log(`  reading the file  ${Math.round(reading)} ms`);
console.log(`  loadPretrained    ${Math.round(milliseconds)} ms, ${times(milliseconds, reading)} as long`);
console.log(
  `  memory            ${mebibytes(peak)} at most, ${times(peak, checkpoint.bytes)} the weights; WebAssembly's heap ${mebibytes(heap)}`,
);

await startWasm();
const ids = promptOf(checkpoint, TOKENS);
const [ours, onnx] = [await ourRunner(checkpoint, ids), await onnxRunner(checkpoint, ids)];
const difference = worstDifference(await ours.run(), await onnx.run());
if (!(difference <= TOLERANCE)) throw new Error(`The logits differ by ${difference}.`);
const [mine, theirs] = (await leastTimes([ours, onnx], REPEATS)) as [number, number];
console.log(
  `One forward pass, ${TOKENS} tokens, WebAssembly with one thread (logits within ${difference.toExponential(0)})`,
);
console.log(`  Patchbay          ${Math.round(mine)} ms, ${times(mine, theirs)} as long`);
console.log(`  onnxruntime-web   ${Math.round(theirs)} ms`);
await ours.dispose();
await onnx.dispose();
