import * as tf from '@tensorflow/tfjs';
import { UntraceableError } from '../errors.js';
import type { Nameable } from '../graph/names.js';
import { hasScalars } from '../graph/structure.js';
import type { GraphNode, Step, Structure } from '../graph/types.js';
import { rememberTensors } from '../memory/left-tensors.js';
import { finish, isPromise, type MaybePromise, quiet } from '../memory/maybe-promise.js';
import { TensorScope } from '../memory/scope.js';
import { tensorsIn, tensorsSince } from '../memory/tensors-in.js';
import { watchAttributes } from './attributes.js';
import type { CallHandler } from './calls.js';
import { ownConstants } from './constants.js';
import { type Frame, graphNode, graphOf, newFrame, unusedNames } from './frame.js';
import { withHooks } from './hooks.js';
import { seededRandom } from './random.js';
import { Recorder } from './recorder.js';
import { refusals } from './refusals.js';
import { mapTensors, structureOf } from './structure-of.js';
import type { Trace, Traceable, TraceNames, TraceOptions, TraceRequest } from './types.js';

type Forward = (args: readonly unknown[]) => unknown;

/** What an invocation gives: its node, what its caller gets, and of what that is made. */
interface Invocation {
  readonly node: GraphNode;
  readonly result: unknown;
  readonly output: Structure;
}

/** Records one run of a module, invocation by invocation; `trace` drives it. */
export class Tracer implements CallHandler {
  private readonly recorder: Recorder;
  private readonly called = new Set<Traceable>();
  private readonly scope = new TensorScope();
  private readonly isNew = tensorsSince();
  /** What asynchronous modules still do, also after another one failed. */
  readonly pending: Promise<unknown>[] = [];
  private readonly random: ReturnType<typeof seededRandom>;

  constructor(
    private readonly names: TraceNames,
    private readonly request: TraceRequest,
    private readonly options: TraceOptions,
  ) {
    this.recorder = new Recorder(names, request, (quiet) => quiet());
    this.random = seededRandom(request.seed);
  }

  run(module: Traceable, args: readonly unknown[]): MaybePromise<Trace> {
    const { tensors, constants } = this.recorder;
    const steps: Step[] = [];
    const leaves = this.recorder.leaves((tensor) => tensors.add(tensor, steps));
    const inputs = args.map((arg) => structureOf(arg, leaves));
    const forward: Forward = (given) => module.forward(...(given as never[]));
    const forget = rememberTensors(this.names.all);
    const unwatch = watchAttributes(this.names.all, this.recorder);
    let isDone = false;
    return finish(
      () =>
        withHooks(this.recorder, (silently) => {
          this.recorder.silently = silently;
          return this.scope.within(() => this.invocation(module, '', 0, args, inputs, forward, steps));
        }),
      ({ node }) => {
        if (this.recorder.refused !== null) throw this.recorder.refused;
        isDone = true;
        const { attributesRead: attributes } = this.recorder;
        const unused = unusedNames(this.names.modules, this.called);
        const aliases = [...module.nodeAliases()];
        const graph = graphOf(node, inputs, tensors.values, steps, unused, aliases);
        return { graph, constants, attributes };
      },
      () => {
        // What `forward` does with patched values is not to stay.
        unwatch(this.request.overrides.size > 0);
        forget();
        this.scope.dispose();
        if (!isDone) tf.dispose(ownConstants(constants));
      },
    );
  }

  /** Records the call of a submodule; `Module.apply` goes through here. */
  call(module: Traceable, args: readonly unknown[], forward: Forward): unknown {
    const caller = this.recorder.frames.at(-1);
    if (caller !== undefined) return this.record(caller, module, args, forward);
    const waiting = this.waitingCaller(module);
    if (waiting === undefined) return forward(args);
    return this.scope.within(() => this.record(waiting, module, args, forward));
  }

  /** Runs something that is no part of the traced model, such as the trace of another one. */
  aside<T>(fn: () => T): T {
    return this.recorder.silently(fn);
  }

  /** Gives the node of `tensor` an explicit name, or makes one if it is another node already. */
  name(wanted: string, tensor: tf.Tensor): tf.Tensor {
    return this.recorder.name(wanted, tensor);
  }

  /** Puts what `fn` records into scopes, and calls its last op `name`. */
  within<T>(scopes: readonly string[], name: string, fn: () => T): T {
    return this.recorder.within(scopes, name, fn);
  }

  private record(caller: Frame, module: Traceable, args: readonly unknown[], forward: Forward): unknown {
    const callee = this.names.callee(caller.module, module);
    const naming: Nameable = { wanted: callee, rule: 'module' };
    const { scopes } = caller;
    const steps = caller.isOpaque ? [] : caller.steps;
    const inputs = this.argumentsOf(caller, module, args, steps);
    if (inputs === null) return forward(args);
    const recorded = ({ node, result, output }: Invocation) => {
      caller.children.push({ node, naming, scopes });
      if (caller.isOpaque) {
        caller.calls.push({ module: this.names.keyOf(module), inputs, output, steps });
        return mapTensors(result, output, (tensor) => {
          this.recorder.tensors.noteNative(tensor);
          return tensor;
        });
      }
      if (node.isOpaque && hasScalars(output))
        throw this.recorder.refusal(refusals.getsNumber(caller.module, module));
      return result;
    };
    const made = this.invocation(module, callee, caller.depth + 1, args, inputs, forward, steps);
    return isPromise(made) ? quiet((made as Promise<Invocation>).then(recorded)) : recorded(made);
  }

  /** What a submodule is called with; null where that cannot be recorded, and the opaque caller just calls it. */
  private argumentsOf(
    caller: Frame,
    module: Traceable,
    args: readonly unknown[],
    steps: readonly Step[],
  ): Structure[] | null {
    try {
      const leaves = this.leaves(caller, steps);
      return args.map((arg) => structureOf(arg, leaves));
    } catch (error) {
      if (!(error instanceof UntraceableError) || error.module !== null) throw error;
      if (!caller.isOpaque) throw this.recorder.refusal(refusals.unknownValue(caller.module, error));
      this.called.add(module);
      return null;
    }
  }

  /** What goes from an opaque module into a submodule, or out of it, is new in the graph; else it is known. */
  private leaves({ isOpaque }: Frame, steps: readonly Step[]) {
    const { recorder } = this;
    return recorder.leaves((tensor) => {
      if (!isOpaque) return recorder.alias(recorder.lookup(tensor), tensor);
      recorder.checkHanded(tensor);
      return recorder.tensors.add(tensor, steps);
    });
  }

  private invocation(
    module: Traceable,
    callee: string,
    depth: number,
    args: readonly unknown[],
    inputs: readonly Structure[],
    forward: Forward,
    steps: Step[],
  ): MaybePromise<Invocation> {
    const stack = callee === '' ? [] : this.recorder.stack();
    const isOpaque = this.request.opaque.has(module);
    // A function that calls the module for which it stands means its `forward`.
    const isInside = this.recorder.frames.some((each) => each.isCustom && each.module === module);
    const custom = isOpaque || isInside ? undefined : this.options.forwardFor(module);
    const frame = newFrame({ module, depth, steps, isOpaque, isCustom: custom !== undefined });
    const chosen: Forward = custom === undefined ? forward : (given) => custom(module, ...given);
    this.called.add(module);
    const { waiting } = this.recorder;
    return finish(
      () => {
        const returned = this.during(frame, () => this.enter(frame, args, inputs, chosen));
        if (isPromise(returned)) {
          waiting.push(frame);
          this.pending.push(returned.catch(() => undefined));
        }
        // The inner ones begin to wait before the outer ones.
        waiting.sort((a, b) => a.depth - b.depth);
        return returned;
      },
      (returned) =>
        this.during(frame, () => {
          if (waiting.includes(frame)) this.takeOver(returned);
          const output = this.leave(frame, inputs, returned);
          const result = this.recorder.handles(returned, output);
          return { node: graphNode(frame, callee, stack), result, output };
        }),
      () => {
        if (waiting.includes(frame)) waiting.splice(waiting.indexOf(frame), 1);
      },
    );
  }

  /** What an asynchronous module returns was made outside of the scope, and is left to its caller. */
  private takeOver(returned: unknown): void {
    for (const tensor of tensorsIn(returned)) if (this.isNew(tensor)) this.scope.adopt(tensor);
  }

  /** Runs code as part of an invocation. */
  private during<T>(frame: Frame, fn: () => T): T {
    const { frames } = this.recorder;
    frames.push(frame);
    try {
      return this.scope.within(() => this.random(fn));
    } finally {
      frames.pop();
    }
  }

  /** Records inputs and own tensors of an invocation and runs its `forward`. */
  private enter(
    frame: Frame,
    args: readonly unknown[],
    inputs: readonly Structure[],
    forward: Forward,
  ): unknown {
    const { recorder } = this;
    const { module, tensors, parameters } = frame;
    inputs.forEach((value, index) => {
      // An optional argument that is not given is no node.
      if (value.kind === 'scalar' && value.scalar === undefined) return;
      const fallback = index === 0 ? 'input' : `input_${index}`;
      recorder.push('input', module.inputNames[index] ?? fallback, 'fixed', value);
    });
    for (const { name, key, tensor, kind } of this.names.tensorsOf(module)) {
      const first = tensors.get(tensor.id);
      const value = first === undefined ? recorder.parameter(key, tensor) : recorder.alias(first, tensor);
      tensors.set(tensor.id, value);
      parameters.push({ name, value });
      recorder.push(kind, name, 'fixed', { kind: 'tensor', value });
    }
    const returned = forward(args.map((arg, index) => recorder.handles(arg, inputs[index] as Structure)));
    if (isPromise(returned) && !(frame.isOpaque && this.request.mayWait)) {
      this.pending.push(returned.catch(() => undefined));
      throw this.recorder.refusal(
        this.request.mayWait ? refusals.returnsPromise(module) : refusals.mustWait(module),
      );
    }
    return returned;
  }

  /** Records the output of an invocation, and all of an opaque one as a single step. */
  private leave(frame: Frame, inputs: readonly Structure[], returned: unknown): Structure {
    const { recorder } = this;
    const { parameters, patchedAttributes: attributes, calls } = frame;
    const output = structureOf(returned, this.leaves(frame, frame.steps));
    if (frame.isOpaque) {
      const module = this.names.keyOf(frame.module);
      frame.steps.push({ kind: 'opaque', module, inputs, parameters, attributes, output, calls });
    }
    recorder.push('output', 'output', 'fixed', output);
    return output;
  }

  /** Which of the waiting invocations calls a module: the innermost one that holds it. Others' modules have none. */
  private waitingCaller(module: Traceable): Frame | undefined {
    if (!this.names.all.includes(module)) return undefined;
    const { waiting } = this.recorder;
    return waiting.findLast((frame) => this.names.holds(frame.module, module)) ?? waiting.at(-1);
  }
}
