import { NodePathError, StaleTraceError, UntraceableError } from '../errors.js';
import type { PathIndex } from '../graph/paths.js';
import { chain, finish, isPromise, type MaybePromise, quiet, recover } from '../memory/maybe-promise.js';
import type { PlacedPatch } from '../patch/placed-patch.js';
import type { Control } from '../run/drive.js';
import { inTurn } from '../trace/calls.js';
import type { Overrides } from '../trace/scalars.js';
import { nextPatchedScalar, type Patches, resolvePatches } from './patch-map.js';
import { type Origin, RecordedRun, type Since } from './recorded-run.js';
import type { Runner, RunValues } from './runner.js';
import type { TraceCache } from './traces.js';

/** What is to be run: the graph for some inputs and patched scalars, with the patches on its tensors. */
interface Prepared {
  readonly runner: Runner;
  readonly patches: Patches;
}

/** Runs a model on any inputs with any patches, by the trace that fits. */
export class Runs {
  constructor(readonly traces: TraceCache) {}

  /** The paths for the example inputs. @throws UntraceableError */
  exampleIndex(inputs: readonly unknown[]): PathIndex {
    return now(this.traces.for(inputs)).index;
  }

  /** The result, a structure of tensors of the caller's; a promise from an asynchronous model. */
  run(inputs: readonly unknown[], placed: readonly PlacedPatch[]): MaybePromise<unknown> {
    const job = () => this.prepared(inputs, placed, ({ runner, patches }) => runner.run(inputs, patches));
    return this.traces.isAsync ? inTurn(this.traces.module, async () => job()) : job();
  }

  /** A run in full whose values are kept. */
  async record(
    inputs: readonly unknown[],
    placed: readonly PlacedPatch[],
    control: Control,
  ): Promise<RecordedRun> {
    const job = () =>
      this.prepared(inputs, placed, async ({ runner, patches }) =>
        this.recorded(runner, await runner.runAll(inputs, patches, control), placed, null),
      );
    return this.traces.isAsync ? inTurn(this.traces.module, async () => job()) : job();
  }

  dispose(): void {
    this.traces.dispose();
  }

  private recorded(
    runner: Runner,
    values: RunValues,
    placed: readonly PlacedPatch[],
    since: Since | null,
  ): RecordedRun {
    const origin: Origin = {
      runnerFor: (inputs) => now(this.traces.for(inputs, { overrides: runner.overrides })),
      rerun: (inputs, all, from) =>
        now(
          this.prepared(inputs, all, ({ runner: other, patches }) =>
            this.recorded(other, other.runAllNow(inputs, patches), all, from),
          ),
        ),
    };
    return new RecordedRun({ runner, origin, ...values, base: null, placed, since });
  }

  /**
   * What an opaque module does may depend on data: where it did something else than when it was traced, or has
   * other nodes, the inputs are traced anew, once.
   */
  private prepared<T>(
    inputs: readonly unknown[],
    placed: readonly PlacedPatch[],
    use: (prepared: Prepared) => MaybePromise<T>,
  ): MaybePromise<T> {
    const attempt = (first: Runner) =>
      chain(this.withScalars(inputs, placed, first, new Map(), -1), (found) => {
        found.runner.retain();
        return finish(
          () => use(found),
          (result) => result,
          () => found.runner.release(),
        );
      });
    const start = (isAgain: boolean) => {
      for (const { patch } of placed) patch.start(isAgain);
    };
    return chain(this.traces.for(inputs), (first) =>
      recover(
        () => {
          start(false);
          return attempt(first);
        },
        (error) => {
          const hasOpaque = first.trace.graph.steps.some(({ kind }) => kind === 'opaque');
          const mayHelp = error instanceof StaleTraceError || error instanceof NodePathError;
          if (!hasOpaque || !mayHelp) throw error;
          start(true);
          return chain(this.traces.renew(inputs), attempt);
        },
      ),
    );
  }

  /**
   * The graph in which patched numbers, booleans and strings have their patched values (spec rule P6). They are found
   * one after the other in the order of the trace: each may change what `forward` does next.
   */
  private withScalars(
    inputs: readonly unknown[],
    placed: readonly PlacedPatch[],
    runner: Runner,
    overrides: Overrides,
    after: number,
  ): MaybePromise<Prepared> {
    const patches = resolvePatches(runner.index, placed);
    const next = nextPatchedScalar(runner.index, placed, after);
    if (next === null) return { runner, patches };
    const { structure, scalar } = next;
    if (Object.is(scalar, structure.scalar))
      return this.withScalars(inputs, placed, runner, overrides, structure.id);
    const more = new Map(overrides).set(structure.id, scalar);
    return chain(this.traces.for(inputs, { overrides: more }), (other) =>
      this.withScalars(inputs, placed, other, more, structure.id),
    );
  }
}

/** What is there already: only an asynchronous model has to be waited for. @throws UntraceableError for a promise */
function now<T>(value: MaybePromise<T>): T {
  if (!isPromise(value)) return value;
  quiet(value);
  throw new UntraceableError('This model is asynchronous; use await PatchableGraph.create(module, inputs).');
}
