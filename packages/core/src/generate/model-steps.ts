import * as tf from '@tensorflow/tfjs';
import { InputError } from '../errors.js';
import { build, valuesOf } from '../graph/structure.js';
import type { Graph, Structure, TensorInfo } from '../graph/types.js';
import type { PlacedPatch } from '../patch/placed-patch.js';
import { exampleGraph } from './example-graph.js';
import type { GenerationHost } from './host.js';
import type { PatchOn } from './options.js';
import { type Extent, StepPatches } from './step-patches.js';

/**
 * Runs a language model step by step: the prompt, then one position at a time, without patches the module itself,
 * with patches its graph. It owns the key/value cache until `dispose`.
 */
export class ModelSteps {
  private position = 0;

  private constructor(
    private readonly host: GenerationHost,
    private readonly patches: StepPatches | null,
    /** The cache as `forward` takes it, `[]` at the start; null where each step runs all positions. */
    private past: readonly unknown[] | null,
  ) {}

  /**
   * Plans the steps and checks the patches. A model that returns no cache, or of which parts cannot be recorded, is
   * run without one.
   * @throws NodePathError, SliceError, PatchError
   */
  static async plan(
    host: GenerationHost,
    placed: readonly PlacedPatch[],
    extent: Extent,
    { patchOn, useCache }: { readonly patchOn: PatchOn; readonly useCache: boolean },
  ): Promise<ModelSteps> {
    if (placed.length === 0 && host.isAsWritten) return new ModelSteps(host, null, useCache ? [] : null);
    const { batch, promptLength, maxNewTokens } = extent;
    const prompt = useCache ? await exampleGraph(host, batch, promptLength, []) : null;
    const past = prompt === null ? null : cacheOf(prompt.graph);
    const patches = await StepPatches.plan(host, placed, extent, patchOn, past !== null);
    if (prompt !== null && past !== null) {
      patches.check(prompt, { start: 0, end: promptLength });
      if (maxNewTokens > 1) {
        const step = await exampleGraph(host, batch, 1, zerosLike(past, prompt.graph));
        patches.check(step, { start: promptLength, end: promptLength + 1 });
      }
    }
    return new ModelSteps(host, patches, past === null ? null : []);
  }

  /** Runs the positions that are new. @returns the logits of the token after each sequence */
  async next(sequences: readonly (readonly number[])[]): Promise<Float32Array[]> {
    const step = { start: this.position, end: sequences[0]?.length ?? 0 };
    const rows = sequences.map((ids) => (this.past === null ? [...ids] : ids.slice(step.start)));
    const ids = tf.tensor2d(rows, undefined, 'int32');
    try {
      return await this.read(await this.run(this.past === null ? [ids] : [ids, null, this.past], step));
    } finally {
      ids.dispose();
      this.position = step.end;
    }
  }

  /** Frees the cache and what the patches remember. */
  dispose(): void {
    this.keep(null);
    this.patches?.dispose();
  }

  private run(inputs: readonly unknown[], step: { start: number; end: number }): unknown {
    const placed = this.patches?.begin(step) ?? [];
    if (placed.length > 0 || !this.host.isAsWritten) return this.host.run(inputs, placed);
    return tf.tidy(() => this.host.module.apply(...(inputs as never[])) as tf.TensorContainer);
  }

  /** The last logits of each sequence. Keeps the cache in an output and frees the rest. */
  private async read(output: unknown): Promise<Float32Array[]> {
    const { logits, past, ...others } = output as { logits?: unknown; past?: readonly unknown[] };
    const isCache = this.past !== null && past !== undefined && past.length > 0;
    this.keep(isCache ? past : null);
    tf.dispose((isCache ? others : { ...others, past }) as tf.TensorContainer);
    if (!(logits instanceof tf.Tensor) || logits.rank !== 3) {
      tf.dispose(logits as tf.TensorContainer);
      throw new InputError(
        'forward of a LanguageModel returns { logits }, of [batch, position, vocabulary].',
      );
    }
    const [batch = 1, length = 1, size = 1] = logits.shape;
    const last = tf.tidy(() => logits.slice([0, length - 1, 0], [batch, 1, size]).flatten());
    logits.dispose();
    try {
      const values = (await last.data()) as Float32Array;
      return Array.from({ length: batch }, (_, row) => values.subarray(row * size, (row + 1) * size));
    } finally {
      last.dispose();
    }
  }

  private keep(past: readonly unknown[] | null): void {
    tf.dispose(this.past as tf.TensorContainer);
    this.past = past;
  }
}

/** The cache in a model's output; null where there is none, or modules that run by themselves could miss it. */
function cacheOf({ output, steps }: Graph): Structure | null {
  const past = output.kind === 'object' ? output.entries.past : undefined;
  if (past === undefined || steps.some(({ kind }) => kind === 'opaque')) return null;
  return valuesOf(past).length > 0 ? past : null;
}

function zerosLike(structure: Structure, { values }: Graph): unknown {
  return build(structure, (value) => {
    const { shape, dtype } = values[value] as TensorInfo;
    return tf.zeros([...shape], dtype as tf.DataType);
  });
}
