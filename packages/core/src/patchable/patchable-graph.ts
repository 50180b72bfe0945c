import * as tf from '@tensorflow/tfjs';
import { PatchError } from '../errors.js';
import { generate } from '../generate/generate.js';
import type { GenerationHost } from '../generate/host.js';
import type { GenerateOptions, Prompt } from '../generate/options.js';
import { matchPaths } from '../graph/match.js';
import type { PathIndex } from '../graph/paths.js';
import { isPromise } from '../memory/maybe-promise.js';
import type { Module } from '../module/module.js';
import type { PlacedPatch } from '../patch/placed-patch.js';
import type { Control } from '../run/drive.js';
import { type GraphFileOptions, loadGraph } from '../save/load-graph.js';
import { saveGraph } from '../save/save-graph.js';
import { inTurn } from '../trace/calls.js';
import { type NodePath, nodePath } from './node-path.js';
import { checkUnused, type ExtractionOptions, graphProcessor, traceOptions } from './options.js';
import { listPatches, type PatchMap } from './patch-map.js';
import type { RecordedRun } from './recorded-run.js';
import { Runs } from './runs.js';
import { displayName, Sources } from './sources.js';
import { TraceCache } from './traces.js';

/** How to load a graph: also how to trace the model for new inputs, as when it was made. */
export interface LoadOptions extends GraphFileOptions, ExtractionOptions {}

/** What of a graph to save. */
export interface SaveOptions {
  /** Whether to save what was traced for all kinds of inputs so far, or for the example inputs only; all by default. */
  readonly traces?: 'example' | 'all';
}

type Inputs<M extends Module> = Parameters<M['forward']>;
type Output<M extends Module> = ReturnType<M['forward']>;

/**
 * A model as a graph that runs with patches on any of its values. It borrows the module: weights
 * stay the module's, and a patch never changes them.
 */
export class PatchableGraph<M extends Module = Module> {
  /** Resolves positions for `_code`. */
  readonly sources = new Sources();
  /** The paths of the graph for the example inputs. */
  readonly index: PathIndex;
  private readonly runs: Runs;
  private readonly host: GenerationHost;
  /** Patches of the scopes that are open now. */
  private readonly scoped: PlacedPatch[] = [];
  /** Tensors of a loaded model that its `dispose` does not reach. */
  private others: readonly tf.Tensor[] = [];

  /**
   * Traces `module` on the example inputs, whose tensors stay the caller's.
   * Modules that cannot be recorded run by themselves in the graph, as `options` say.
   * @throws UntraceableError if nothing of the model can be recorded, if `options` ask for it, or if `forward`
   * returns a promise: use `await PatchableGraph.create(…)` for an asynchronous model
   */
  constructor(
    readonly module: M,
    exampleInputs: Inputs<M>,
    options: ExtractionOptions = {},
    /** Traces that were made before. @internal */
    traces?: TraceCache,
  ) {
    this.runs = new Runs(traces ?? newTraces(module, options));
    this.index = traces?.example?.index ?? this.runs.exampleIndex(exampleInputs);
    this.host = generationHost(module, this.runs, traces === undefined, options);
    try {
      checkUnused(this.unused, options);
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /**
   * The same for a model whose `forward` may be asynchronous, such as one that awaits the values of a tensor. Such a
   * module runs by itself, and `apply` returns a promise. Do not run the model otherwise meanwhile.
   * @throws UntraceableError as the constructor does
   */
  static async create<M extends Module>(
    module: M,
    exampleInputs: Parameters<M['forward']>,
    options: ExtractionOptions = {},
  ): Promise<PatchableGraph<M>> {
    const traces = newTraces(module, options);
    await traces.for(exampleInputs, { mayWait: true });
    return new PatchableGraph(module, exampleInputs, options, traces);
  }

  /**
   * Loads a graph that `save` wrote (docs/graph-file.md), without running any code of it. Compiled modules need no
   * classes: `module` then holds stand-ins for them. Those that run by themselves need theirs in `modules`, and so do
   * all that inputs of a new kind reach. No constructor runs: `#private` fields, functions and instances of other
   * classes are not restored. The caller owns all tensors: `module.dispose()` and `dispose()` free them.
   * @throws GraphFileError for a file that is broken or hostile; InputError for missing classes, all in one error.
   * Nothing stays allocated then
   */
  static async load<M extends Module = Module>(
    bytes: Uint8Array,
    options: LoadOptions = {},
  ): Promise<PatchableGraph<M>> {
    const { module, traces, others, isAsync, opaque, sources } = await loadGraph(bytes, options);
    const asked = traceOptions(options);
    const isOpaque: typeof asked.isOpaque = (each) => opaque.has(each as never) || asked.isOpaque(each);
    const cache = new TraceCache(module, { ...asked, isOpaque }, graphProcessor(options));
    cache.isAsync = isAsync;
    cache.adopt(traces);
    try {
      const graph = new PatchableGraph(module as M, [] as unknown as Inputs<M>, options, cache);
      graph.others = others;
      for (const [stack, position] of sources) graph.sources.known.set(stack, position);
      return graph;
    } catch (error) {
      cache.dispose();
      module.dispose();
      tf.dispose([...others]);
      throw error;
    }
  }

  /**
   * The graph as a file: model, weights, and what was traced so far but for patched numbers, booleans and strings. It
   * carries the source lines that `_code` shows. docs/graph-file.md describes the format.
   * @throws GraphFileError for what cannot be saved: tensors of other dtypes than float32, int32 and bool, and
   * functions and instances of classes in modules that run by themselves. Compiled modules are saved without such
   */
  async save({ traces = 'all' }: SaveOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    await this.loadSources();
    const { isAsync } = this.runs.traces;
    const job = async () => {
      const kept = this.runs.traces.withoutPatches().slice(0, traces === 'all' ? undefined : 1);
      for (const runner of kept) runner.retain();
      try {
        return await saveGraph({
          module: this.module,
          traces: kept.map(({ trace }) => trace),
          isAsync,
          source: (stack) => {
            const position = this.sources.position(stack);
            if (position === null) return null;
            const { file, line, functionName, text, textLine } = position;
            return { file: displayName(file), line, functionName, text, textLine };
          },
        });
      } finally {
        for (const runner of kept) runner.release();
      }
    };
    return isAsync ? inTurn(this.module, job) : job();
  }

  /** The tree of nodes for the example inputs. */
  get graph(): NodePath {
    return nodePath(this.index, this.index.root, this.sources);
  }

  /** Whether the model is asynchronous: `apply` then returns a promise, and a kept run cannot be patched. */
  get isAsync(): boolean {
    return this.runs.traces.isAsync;
  }

  /** Dotted names of submodules that the example inputs never reach (rule T9). */
  get unused(): readonly string[] {
    return this.index.graph.unused;
  }

  /** Paths of the nodes that a glob selects: `*` within one part of a path, `**` across parts (rule G5). */
  match(glob: string): string[] {
    return matchPaths(this.index, glob);
  }

  /** Fetches the source maps that `_code` needs in a browser; in Node it works without. */
  async loadSources(): Promise<void> {
    await this.sources.load([...this.index.byPath.values()].map(({ node }) => node.stack));
  }

  /** Runs the model, with the patches of open scopes. The caller disposes the result's tensors. */
  apply(...inputs: Inputs<M>): Output<M> {
    return this.runs.run(inputs, [...this.scoped]) as Output<M>;
  }

  /** A patched view: its `apply` runs with the patches, this graph's without (rule P1). */
  patch(map: PatchMap): PatchedGraph<M>;
  /** Runs synchronous code in which this graph's `apply` is patched. @returns what `fn` returns */
  patch<R>(map: PatchMap, fn: () => R): R;
  patch<R>(map: PatchMap, fn?: () => R): PatchedGraph<M> | R {
    const placed = listPatches(map);
    if (fn === undefined) return new PatchedGraph(this.runs, this.host, placed);
    const before = this.scoped.length;
    this.scoped.push(...placed);
    try {
      const result = fn();
      if (isPromise(result)) {
        result.then(undefined, () => undefined);
        throw new PatchError(
          'The function given to patch() returned a promise; use the view that patch(map) returns for asynchronous code.',
        );
      }
      return result;
    } finally {
      this.scoped.length = before;
    }
  }

  /**
   * Runs the model without patches and keeps every value, for looking at them and for fast patched runs. Progress
   * counts kernels and the like.
   * @throws the reason of an aborting `signal`, with everything freed
   */
  record(inputs: Inputs<M>, control: Control = {}): Promise<RecordedRun> {
    return this.runs.record(inputs, [], control);
  }

  /**
   * Continues sequences of token ids, with the patches of scopes that are open at the call; `GenerateOptions` say how
   * they act. The prompt is one sequence, several of the same length, or a tensor of them, which stays the caller's.
   * @returns the new ids of each sequence
   * @throws InputError, NodePathError, SliceError, PatchError before anything runs; the reason of an aborting signal
   */
  generate(prompt: Prompt, options: GenerateOptions): Promise<number[][]> {
    return generate(this.host, prompt, options, [...this.scoped]);
  }

  /** Frees the traces' constants. The module stays. */
  dispose(): void {
    this.runs.dispose();
    tf.dispose([...this.others]);
  }
}

function newTraces(module: Module, options: ExtractionOptions): TraceCache {
  return new TraceCache(module, traceOptions(options), graphProcessor(options));
}

/** Only a graph that was just traced as written may let the module itself run instead. */
function generationHost(
  module: Module,
  runs: Runs,
  isNew: boolean,
  { postprocessingFunction, customExtractionFunctions, copyGenerationConfig }: ExtractionOptions,
): GenerationHost {
  return {
    module,
    isAsWritten: isNew && postprocessingFunction === undefined && customExtractionFunctions === undefined,
    usesGenerationConfig: copyGenerationConfig !== false,
    run: (inputs, placed) => runs.run(inputs, placed),
    graphFor: async (inputs) => (await runs.traces.for(inputs)).index,
  };
}

/** A graph with patches on it. Views are cheap, never change, and compose. */
export class PatchedGraph<M extends Module> {
  constructor(
    private readonly runs: Runs,
    private readonly host: GenerationHost,
    private readonly patches: readonly PlacedPatch[],
  ) {}

  /** Runs the model with the patches. The caller disposes the result's tensors. */
  apply(...inputs: Inputs<M>): Output<M> {
    return this.runs.run(inputs, this.patches) as Output<M>;
  }

  /** Runs the model with the patches and keeps every value, as `PatchableGraph.record` does without. */
  record(inputs: Inputs<M>, control: Control = {}): Promise<RecordedRun> {
    return this.runs.record(inputs, this.patches, control);
  }

  /** Continues sequences of token ids with the patches, as `PatchableGraph.generate` does without. */
  generate(prompt: Prompt, options: GenerateOptions): Promise<number[][]> {
    return generate(this.host, prompt, options, this.patches);
  }

  /** A view with further patches after the ones here. @throws PatchError for what is no patch */
  patch(map: PatchMap): PatchedGraph<M> {
    return new PatchedGraph(this.runs, this.host, [...this.patches, ...listPatches(map)]);
  }
}
