import * as tf from '@tensorflow/tfjs';
import { InputError } from '../errors.js';
import type { Graph } from '../graph/types.js';
import { rememberTensors } from '../memory/left-tensors.js';
import { chain, isPromise, type MaybePromise } from '../memory/maybe-promise.js';
import { type Module, tensorsOf, walk } from '../module/module.js';
import { inTurn } from '../trace/calls.js';
import { ownConstants } from '../trace/constants.js';
import type { Overrides } from '../trace/scalars.js';
import { trace } from '../trace/trace.js';
import type { Trace, Traceable, TraceOptions } from '../trace/types.js';
import { moduleRunner } from './opaque.js';
import { type Held, Runner } from './runner.js';
import { signatureOf, signatureOfGraph } from './signature.js';
import { asTraceable, traceNames } from './trace-names.js';

/** How many traces are kept, and how many bytes of them; the one used last always is. */
const CAPACITY = { count: 64, bytes: 2 ** 27 };

/** What a step or node of a graph takes in memory, roughly and with its share of names, settings and stack. */
const BYTES_PER_STEP = 700;

const NO_OVERRIDES: Overrides = new Map();

/** What sets a trace apart besides the inputs. */
interface Variation {
  readonly overrides?: Overrides;
  /** Whether `forward` may be asynchronous, where that is not yet known. */
  readonly mayWait?: boolean;
}

/**
 * The traces of one module by input signature and patched scalars (spec rules T3 and P6), each with its runner.
 * Those used last are kept, bounded by number and bytes.
 */
export class TraceCache {
  private readonly runners = new Map<string, Runner>();
  /** Modules that turned out not to be recordable: later traces begin with that, so that all count scalars alike. */
  private readonly opaque = new Set<Traceable>();
  private isDisposed = false;
  private readonly seed = Math.floor(Math.random() * 2 ** 32);
  /** The first runner, whose graph the tree shows; kept until the end. */
  private first: Runner | null = null;
  /** True for a model whose `forward` is asynchronous; known after the first trace. */
  isAsync = false;

  constructor(
    readonly module: Module,
    private readonly options: TraceOptions,
    private readonly afterTrace: (graph: Graph) => Graph,
    private readonly capacity = CAPACITY,
  ) {}

  /**
   * The runner for inputs like these, traced now if there is none; a promise if `forward` is asynchronous.
   * @throws UntraceableError, InputError
   */
  for(inputs: readonly unknown[], variation: Variation = {}): MaybePromise<Runner> {
    if (this.isDisposed) throw new InputError('This graph is disposed; make another one of the module.');
    const signature = this.signature(inputs, variation);
    const known = this.runners.get(signature);
    if (known === undefined || !isCurrent(known.trace)) return this.make(inputs, variation, signature);
    this.runners.delete(signature);
    this.runners.set(signature, known);
    return known;
  }

  /** A new trace in place of the one for inputs like these, which stays where it cannot be made. */
  renew(inputs: readonly unknown[]): MaybePromise<Runner> {
    return this.make(inputs, {}, this.signature(inputs, {}));
  }

  /** The runner of the first trace, that of the example inputs. */
  get example(): Runner | null {
    return this.first;
  }

  /** The example's runner, and the others without patched scalars, those used last at the end. */
  withoutPatches(): Runner[] {
    const all = this.first === null ? [...this.runners.values()] : [this.first, ...this.runners.values()];
    return [...new Set(all)].filter(({ overrides }) => overrides.size === 0);
  }

  /** Takes over traces that were made before, such as those of a saved graph, that of the example first. */
  adopt(traces: readonly Trace[]): void {
    const held = this.held();
    for (const made of traces)
      this.keep(`${signatureOfGraph(made.graph)} ${signatureOf([])}`, made, NO_OVERRIDES, held);
  }

  dispose(): void {
    this.isDisposed = true;
    for (const signature of [...this.runners.keys()]) this.drop(signature);
    this.first?.release();
    this.first = null;
  }

  private signature(inputs: readonly unknown[], { overrides = NO_OVERRIDES }: Variation): string {
    return `${signatureOf(inputs)} ${signatureOf([...overrides])}`;
  }

  private make(
    args: readonly unknown[],
    { overrides = NO_OVERRIDES, mayWait = this.isAsync }: Variation,
    signature: string,
  ): MaybePromise<Runner> {
    const { opaque, seed } = this;
    const request = { args, overrides, mayWait, opaque, seed, keepStacks: this.first === null };
    const start = () => {
      const traced = trace(asTraceable(this.module), traceNames(this.module), request, this.options);
      this.isAsync ||= isPromise(traced);
      return traced;
    };
    // While one waits, tfjs tells it of all that happens.
    const made = mayWait ? inTurn(TraceCache, async () => start()) : start();
    return chain(made, (traced) => this.keep(signature, this.processed(traced), overrides));
  }

  private processed(traced: Trace): Trace {
    try {
      return { ...traced, graph: this.afterTrace(traced.graph) };
    } catch (error) {
      tf.dispose(ownConstants(traced.constants));
      throw error;
    }
  }

  /** What runners need of the module: its tensors by name, and how to run those in it. */
  private held(): Held {
    const modules = new Map<string, Module>();
    const places = new Map<string, { module: Module; name: string }>();
    walk(this.module, '', (path, module) => {
      modules.set(path, module);
      for (const [name] of tensorsOf(module))
        places.set(path === '' ? name : `${path}.${name}`, { module, name });
    });
    return {
      parameter(key) {
        const place = places.get(key);
        const tensor: unknown = place && Reflect.get(place.module, place.name);
        if (tensor instanceof tf.Tensor) return tensor;
        throw new InputError(`The module holds no tensor '${key}' any more.`);
      },
      runModule: moduleRunner(modules, this.isAsync),
      remember: () => rememberTensors(modules.values()),
    };
  }

  private keep(signature: string, made: Trace, overrides: Overrides, held = this.held()): Runner {
    const runner = new Runner(made, held, this.isAsync, overrides);
    if (this.first === null) {
      this.first = runner;
      runner.retain();
    }
    this.drop(signature);
    this.runners.set(signature, runner);
    this.shrink();
    return runner;
  }

  private shrink(): void {
    const sizes = [...this.runners].map(([signature, { trace: kept }]) => ({
      signature,
      bytes: bytesOf(kept),
    }));
    let total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { signature, bytes } of sizes) {
      if (this.runners.size <= this.capacity.count && total <= this.capacity.bytes) return;
      if (this.runners.size === 1) return;
      this.drop(signature);
      total -= bytes;
    }
  }

  private drop(signature: string): void {
    this.runners.get(signature)?.release();
    this.runners.delete(signature);
  }
}

/** Whether the attributes that the graph depends on are what they were. */
function isCurrent({ attributes = [] }: Trace): boolean {
  return attributes.every(({ module, name, scalar }) => Object.is(Reflect.get(module, name), scalar));
}

function bytesOf({ graph, constants }: Trace): number {
  const held = ownConstants(constants).reduce(
    (sum, { size, dtype }) => sum + size * (dtype === 'bool' ? 1 : 4),
    0,
  );
  return held + (graph.steps.length + graph.values.length) * BYTES_PER_STEP;
}
