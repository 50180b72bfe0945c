import { NodePathError, PatchError, StaleTraceError } from '../errors.js';
import { matchPaths } from '../graph/match.js';
import { indexPaths } from '../graph/paths.js';
import { allTensors, type Module, walk } from '../module/module.js';
import type { Trace } from '../trace/types.js';
import { type NodePath, nodePath } from './node-path.js';
import { moduleRunner } from './opaque.js';
import { checkUnused, type ExtractionOptions, traceOptions } from './options.js';
import { listPatches, type PatchMap, type PlacedPatch, resolvePatches } from './patch-map.js';
import { RecordedRun } from './recorded-run.js';
import { Runner } from './runner.js';
import { Sources } from './sources.js';
import { TraceCache } from './traces.js';

type Inputs<M extends Module> = Parameters<M['forward']>;
type Output<M extends Module> = ReturnType<M['forward']>;

/**
 * A model as a graph that runs with patches on any of its values. It borrows the module: weights
 * stay the module's, and a patch never changes them.
 */
export class PatchableGraph<M extends Module = Module> {
  /** Resolves positions for `_code`. */
  readonly sources = new Sources();
  private readonly traces: TraceCache;
  private readonly runners = new WeakMap<Trace, Runner>();
  private readonly example: Trace;
  /** Patches of the scopes that are open now. */
  private readonly scoped: PlacedPatch[] = [];

  /**
   * Traces `module` on the example inputs, whose tensors stay the caller's.
   * Modules that cannot be recorded run by themselves in the graph, as `options` say.
   * @throws UntraceableError if nothing of the model can be recorded, or if `options` ask for it
   */
  constructor(
    readonly module: M,
    exampleInputs: Inputs<M>,
    options: ExtractionOptions = {},
  ) {
    this.traces = new TraceCache(module, traceOptions(options));
    this.example = this.traces.for(exampleInputs);
    checkUnused(this.example.graph.unused, options);
  }

  /** The tree of nodes for the example inputs. */
  get graph(): NodePath {
    const index = indexPaths(this.example.graph);
    return nodePath(index, index.root, this.sources);
  }

  /** Dotted names of submodules that the example inputs never reach (rule T9). */
  get unused(): readonly string[] {
    return this.example.graph.unused;
  }

  /** Paths of the nodes that a glob selects: `*` within one part of a path, `**` across parts (rule G5). */
  match(glob: string): string[] {
    return matchPaths(indexPaths(this.example.graph), glob);
  }

  /** Fetches the source maps that `_code` needs in a browser; in Node it works without. */
  async loadSources(): Promise<void> {
    const { byPath } = indexPaths(this.example.graph);
    await this.sources.load([...byPath.values()].map(({ node }) => node.stack));
  }

  /** Runs the model, with the patches of open scopes. The caller disposes the result's tensors. */
  apply(...inputs: Inputs<M>): Output<M> {
    return this.run(inputs, this.scoped);
  }

  /** A patched view: its `apply` runs with the patches, this graph's without (rule P1). */
  patch(map: PatchMap): PatchedGraph<M>;
  /** Runs synchronous code in which this graph's `apply` is patched. @returns what `fn` returns */
  patch<R>(map: PatchMap, fn: () => R): R;
  patch<R>(map: PatchMap, fn?: () => R): PatchedGraph<M> | R {
    const placed = listPatches(map);
    if (fn === undefined) return new PatchedGraph((inputs, patches) => this.run(inputs, patches), placed);
    const before = this.scoped.length;
    this.scoped.push(...placed);
    try {
      const result = fn();
      if (result instanceof Promise) {
        result.catch(() => undefined);
        throw new PatchError(
          'The function given to patch() returned a promise; use the view that patch(map) returns for asynchronous code.',
        );
      }
      return result;
    } finally {
      this.scoped.length = before;
    }
  }

  /** Runs the model without patches and keeps every value, for looking at them and for fast patched runs. */
  async record(inputs: Inputs<M>): Promise<RecordedRun> {
    return this.withRunner(inputs, (runner) => {
      const { values, kernelCount } = runner.runAll(inputs);
      return new RecordedRun(runner, values, null, new Map(), kernelCount, []);
    });
  }

  /** Frees the traces' constants. The module stays. */
  dispose(): void {
    this.traces.dispose();
  }

  private run(inputs: Inputs<M>, patches: readonly PlacedPatch[]): Output<M> {
    return this.withRunner(
      inputs,
      (runner) => runner.run(inputs, resolvePatches(runner.index, patches)) as Output<M>,
    );
  }

  /**
   * What an opaque module does may depend on data: where it did something else than when it was traced, or has
   * other nodes, the inputs are traced anew, once.
   */
  private withRunner<T>(inputs: Inputs<M>, use: (runner: Runner) => T): T {
    const runner = this.runnerFor(inputs);
    try {
      return use(runner);
    } catch (error) {
      const hasOpaque = runner.index.graph.steps.some(({ kind }) => kind === 'opaque');
      const mayHelp = error instanceof StaleTraceError || error instanceof NodePathError;
      if (!hasOpaque || !mayHelp) throw error;
      this.traces.renew(inputs);
      return use(this.runnerFor(inputs));
    }
  }

  private runnerFor(inputs: Inputs<M>): Runner {
    const traced = this.traces.for(inputs);
    let runner = this.runners.get(traced);
    if (runner === undefined) {
      const modules = new Map<string, Module>();
      walk(this.module, '', (name, module) => modules.set(name, module));
      runner = new Runner(traced, new Map(allTensors(this.module)), moduleRunner(modules));
      this.runners.set(traced, runner);
    }
    return runner;
  }
}

/** A graph with patches on it. Views are cheap, never change, and compose. */
export class PatchedGraph<M extends Module> {
  constructor(
    private readonly run: (inputs: Inputs<M>, patches: readonly PlacedPatch[]) => Output<M>,
    private readonly patches: readonly PlacedPatch[],
  ) {}

  /** Runs the model with the patches. The caller disposes the result's tensors. */
  apply(...inputs: Inputs<M>): Output<M> {
    return this.run(inputs, this.patches);
  }

  /** A view with further patches after the ones here. @throws PatchError for what is no patch */
  patch(map: PatchMap): PatchedGraph<M> {
    return new PatchedGraph(this.run, [...this.patches, ...listPatches(map)]);
  }
}
