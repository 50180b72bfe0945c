import type { PlacedPatch } from '../patch/placed-patch.js';
import { nextTask } from '../run/next-task.js';
import type { GenerationHost } from './host.js';
import { ModelSteps } from './model-steps.js';
import type { GenerateOptions, Prompt } from './options.js';
import { type Chooser, choosers } from './sample.js';
import { modelFacts, readPrompt, readSettings } from './settings.js';

/**
 * Continues sequences token by token (spec rule P9), patched as `GenerateOptions` say.
 * @returns the new ids of each sequence
 * @throws InputError, NodePathError, SliceError, PatchError before anything runs; the reason of an aborting signal.
 * Nothing stays allocated but what probes hold
 */
export async function generate(
  host: GenerationHost,
  prompt: Prompt,
  options: GenerateOptions,
  patches: readonly PlacedPatch[],
): Promise<number[][]> {
  const { signal, onToken } = options;
  const facts = modelFacts(host);
  const rows = (await readPrompt(prompt, facts)).map((ids) => new Row(ids));
  const promptLength = rows[0]?.all.length ?? 0;
  const settings = readSettings(options, facts, promptLength);
  const { maxNewTokens, endIds } = settings;
  signal?.throwIfAborted();

  const extent = { batch: rows.length, promptLength, maxNewTokens, contextLength: facts.contextLength };
  const choose = choosers(rows.length, settings);
  const steps = await ModelSteps.plan(host, patches, extent, settings);
  try {
    for (let step = 0; step < maxNewTokens && rows.some(({ hasEnded }) => !hasEnded); step += 1) {
      const logits = await steps.next(rows.map(({ all }) => all));
      const ids = rows.map((row, index) =>
        row.add(() => (choose[index] as Chooser)(logits[index] as Float32Array), endIds),
      );
      onToken?.({ step, ids });
      await nextTask();
      signal?.throwIfAborted();
    }
  } finally {
    steps.dispose();
  }
  return rows.map(({ made }) => made);
}

/** One sequence of a batch. */
class Row {
  readonly made: number[] = [];
  hasEnded = false;

  constructor(
    /** The prompt, what was made, and padding after the end, which the other rows need. */
    readonly all: number[],
  ) {}

  /** Adds a token and returns it, or null after the end. */
  add(choose: () => number, endIds: ReadonlySet<number>): number | null {
    if (this.hasEnded) {
      this.all.push(this.all.at(-1) as number);
      return null;
    }
    const id = choose();
    this.all.push(id);
    this.made.push(id);
    this.hasEnded = endIds.has(id);
    return id;
  }
}
