import * as tf from '@tensorflow/tfjs';
import { UntraceableError } from '../errors.js';
import { assignNames, type Nameable } from '../graph/names.js';
import { outputsOf } from '../graph/steps.js';
import { valuesOf } from '../graph/structure.js';
import type { GraphNode, Step, Structure, TensorInfo, ValueId, ValueNode } from '../graph/types.js';
import type { CallHandler } from './calls.js';
import { type Frame, graphOf, isWholeOp, type PendingOp, type Unnamed, unusedNames } from './frame.js';
import { type EngineListener, withHooks } from './hooks.js';
import { refusals } from './refusals.js';
import { captureStack } from './stack.js';
import { hasNumbers, mapTensors, structureOf } from './structure-of.js';
import type { Trace, Traceable, TraceNames } from './types.js';

/** Creation functions whose name is not their kernel's with a small first letter. */
const CREATORS: Readonly<Record<string, string>> = { LinSpace: 'linspace' };

/** Records one run of a module; `trace` drives it. */
export class Tracer implements EngineListener, CallHandler {
  private readonly values: TensorInfo[] = [];
  private readonly constants = new Map<string, tf.Tensor>();
  /** What each tensor handle seen so far stands for. */
  private readonly valueOf = new Map<number, ValueId>();
  /** The tensor that a copy of tfjs's own is of, by tensor id. */
  private readonly copyOf = new Map<number, number>();
  private readonly madeInsideOp = new Set<number>();
  private readonly scalars = new Map<number, number>();
  private readonly frames: Frame[] = [];
  private readonly called = new Set<Traceable>();
  /** Tensors made by the `forward` of an opaque module, which stand for nothing in the graph. */
  private readonly native = new Set<number>();
  /** The node that defines a value, so that `named` can rename it. */
  private readonly definedBy = new Map<ValueId, Unnamed>();
  private op: PendingOp | null = null;
  private silently: <R>(quiet: () => R) => R = (quiet) => quiet();

  constructor(
    private readonly names: TraceNames,
    private readonly opaque: ReadonlySet<object>,
  ) {}

  run(module: Traceable, args: readonly unknown[]): Trace {
    let root: GraphNode | undefined;
    const steps: Step[] = [];
    try {
      tf.tidy(() => {
        withHooks(this, (silently) => {
          this.silently = silently;
          const rootArgs = args.map((arg) => structureOf(arg, (tensor) => this.addValue(tensor)));
          const forward = (given: readonly unknown[]) => module.forward(...(given as never[]));
          root = this.invocation(module, '', args, rootArgs, forward, steps).node;
        });
      });
    } catch (error) {
      tf.dispose([...this.constants.values()]);
      throw error;
    }
    const unused = unusedNames(this.names.modules, this.called);
    const graph = graphOf(root as GraphNode, this.values, steps, unused);
    return { graph, constants: this.constants };
  }

  /** Records the call of a submodule; `Module.apply` goes through here. */
  call(module: Traceable, args: readonly unknown[], forward: (args: readonly unknown[]) => unknown): unknown {
    const caller = this.frame();
    const callee = this.names.callee(caller.module, module);
    const naming: Nameable = { wanted: callee, rule: 'module' };
    if (caller.isOpaque) return this.callFromOpaque(caller, module, naming, args, forward);
    const inputs = args.map((arg) => structureOf(arg, (tensor) => this.alias(this.lookup(tensor), tensor)));
    const { node, result, output } = this.invocation(module, callee, args, inputs, forward, caller.steps);
    if (node.isOpaque && hasNumbers(output)) {
      throw refusals.getsNumber(caller.module, module);
    }
    caller.children.push({ node, naming });
    return result;
  }

  /** Records a submodule of an opaque module as a graph of its own. */
  private callFromOpaque(
    caller: Frame,
    module: Traceable,
    naming: Nameable,
    args: readonly unknown[],
    forward: (args: readonly unknown[]) => unknown,
  ): unknown {
    const steps: Step[] = [];
    const inputs = args.map((arg) => structureOf(arg, (tensor) => this.addValue(tensor)));
    const { node, result, output } = this.invocation(module, naming.wanted, args, inputs, forward, steps);
    caller.children.push({ node, naming });
    caller.calls.push({ module: this.names.keyOf(module), inputs, output, steps });
    return mapTensors(result, output, (tensor) => {
      this.native.add(tensor.id);
      return tensor;
    });
  }

  /** Gives the node of `tensor` an explicit name, or makes one if it is another node already. */
  name(wanted: string, tensor: tf.Tensor): tf.Tensor {
    const frame = this.frame();
    if (frame.isOpaque) return tensor;
    const value = this.lookup(tensor);
    const defined = this.definedBy.get(value);
    const index = defined === undefined ? -1 : frame.children.indexOf(defined);
    if (defined !== undefined && index >= 0 && isWholeOp(defined)) {
      const renamed: Unnamed = { node: defined.node, naming: { wanted, rule: 'fixed' } };
      frame.children[index] = renamed;
      this.definedBy.set(value, renamed);
      return tensor;
    }
    const handle = this.silently(() => tensor.clone());
    const alias = this.alias(value, handle);
    this.valueOf.set(handle.id, alias);
    this.push(
      'op',
      wanted,
      'fixed',
      { kind: 'tensor', value: alias },
      { op: 'identity', operands: [value], stack: captureStack() },
    );
    return handle;
  }

  opStart(name: string): void {
    const frame = this.frames.at(-1);
    if (frame === undefined || frame.isOpaque) return;
    this.op = { name, firstStep: frame.steps.length, stack: captureStack() };
  }

  opEnd(result: unknown): void {
    const op = this.op;
    this.op = null;
    if (op === null || result === null || this.frames.length === 0) return;
    const structure = structureOf(result, (tensor) => this.lookup(tensor));
    const steps = this.frame().steps.slice(op.firstStep);
    const made = new Set(steps.flatMap(outputsOf));
    if (!valuesOf(structure).some((value) => made.has(value))) return;
    const kernels = steps.filter((step) => step.kind === 'kernel');
    const kind = kernels.length === 0 ? 'constant' : 'op';
    const used = kernels.flatMap((step) => Object.values(step.inputs).flat());
    const computed = new Set(kernels.flatMap((step) => step.outputs));
    const operands = (kernels.length === 1 ? used : [...new Set(used)]).filter(
      (value) => !computed.has(value),
    );
    const settings = kernels.length === 1 ? (kernels[0]?.attrs ?? {}) : {};
    this.push(kind, op.name, 'op', structure, { op: op.name, operands, settings, stack: op.stack });
  }

  kernel(
    kernel: string,
    inputs: Record<string, tf.Tensor | tf.Tensor[] | undefined>,
    attrs: Record<string, unknown>,
    output: tf.Tensor | tf.Tensor[],
  ): void {
    const frame = this.frames.at(-1);
    if (frame === undefined) return;
    const tensors = Array.isArray(output) ? output : [output];
    if (frame.isOpaque) {
      for (const { id } of tensors) this.native.add(id);
      return;
    }
    const recorded: Record<string, ValueId | ValueId[]> = {};
    for (const [key, input] of Object.entries(inputs)) {
      if (input === undefined || input === null) continue;
      recorded[key] = Array.isArray(input) ? input.map((tensor) => this.lookup(tensor)) : this.lookup(input);
    }
    const outputs = tensors.map((tensor) => this.newValue(tensor));
    frame.steps.push({
      kind: 'kernel',
      kernel,
      inputs: recorded,
      inputsAreArray: Array.isArray(inputs),
      attrs: { ...attrs },
      outputs,
    });
    if (this.op === null) this.kernelOutsideOp(kernel, Object.values(recorded).flat(), outputs, attrs);
  }

  copied(from: tf.Tensor, to: tf.Tensor): void {
    this.copyOf.set(to.id, from.id);
  }

  created(tensor: tf.Tensor, values: unknown, insideOp: boolean): void {
    if (this.frames.at(-1)?.isOpaque === true) this.native.add(tensor.id);
    if (insideOp) this.madeInsideOp.add(tensor.id);
    if (tensor.size === 1) this.scalars.set(tensor.id, Number((values as ArrayLike<number>)[0]));
  }

  read(): void {
    const frame = this.frames.at(-1);
    if (frame === undefined || frame.isOpaque) return;
    throw refusals.readsValues(frame.module);
  }

  /** Creation functions such as `tf.range` dispatch a kernel without an op scope around it. */
  private kernelOutsideOp(
    kernel: string,
    operands: ValueId[],
    outputs: ValueId[],
    settings: Record<string, unknown>,
  ): void {
    const [first] = outputs;
    if (first === undefined) return;
    const op = CREATORS[kernel] ?? kernel.charAt(0).toLowerCase() + kernel.slice(1);
    const structure: Structure =
      outputs.length === 1
        ? { kind: 'tensor', value: first }
        : { kind: 'array', items: outputs.map((value) => ({ kind: 'tensor', value })) };
    this.push('op', op, 'op', structure, { op, operands, settings, stack: captureStack() });
  }

  private invocation(
    module: Traceable,
    callee: string,
    args: readonly unknown[],
    inputs: readonly Structure[],
    forward: (args: readonly unknown[]) => unknown,
    steps: Step[],
  ): { node: GraphNode; result: unknown; output: Structure } {
    const stack = callee === '' ? [] : captureStack();
    const isOpaque = this.opaque.has(module);
    const frame: Frame = { module, children: [], tensors: new Map(), steps, isOpaque, calls: [] };
    this.called.add(module);
    this.frames.push(frame);
    let ran: { result: unknown; output: Structure };
    try {
      ran = this.runFrame(frame, args, inputs, forward);
    } finally {
      this.frames.pop();
    }
    const names = assignNames(frame.children.slice(0, -1).map(({ naming }) => naming));
    const children = frame.children.map(({ node }, index) => ({ ...node, name: names[index] ?? 'output' }));
    const node: GraphNode = {
      kind: 'graph',
      name: callee,
      type: module.typeName,
      callee,
      isOpaque,
      stack,
      children,
    };
    return { node, ...ran };
  }

  /** Records inputs, own tensors, `forward` and output of the invocation; returns what the caller gets. */
  private runFrame(
    frame: Frame,
    args: readonly unknown[],
    inputs: readonly Structure[],
    forward: (args: readonly unknown[]) => unknown,
  ): { result: unknown; output: Structure } {
    const { module, tensors } = frame;
    const parameters: { name: string; value: ValueId }[] = [];
    inputs.forEach((value, index) => {
      const fallback = index === 0 ? 'input' : `input_${index}`;
      this.push('input', module.inputNames[index] ?? fallback, 'fixed', value);
    });
    for (const { name, key, tensor, kind } of this.names.tensorsOf(module)) {
      const first = tensors.get(tensor.id);
      const value = first === undefined ? this.parameter(key, tensor) : this.alias(first, tensor);
      tensors.set(tensor.id, value);
      parameters.push({ name, value });
      this.push(kind, name, 'fixed', { kind: 'tensor', value });
    }
    const given = args.map((arg, index) => this.handles(arg, inputs[index] as Structure));
    const returned = forward(given);
    if (returned instanceof Promise) {
      throw refusals.returnsPromise(module);
    }
    const output = structureOf(returned, (tensor) =>
      frame.isOpaque ? this.addValue(tensor) : this.alias(this.lookup(tensor), tensor),
    );
    if (frame.isOpaque) {
      const { calls } = frame;
      frame.steps.push({
        kind: 'opaque',
        module: this.names.keyOf(module),
        inputs,
        parameters,
        output,
        calls,
      });
    }
    this.push('output', 'output', 'fixed', output);
    return { result: this.handles(returned, output), output };
  }

  /** Fresh handles for the tensors of a value, bound to the values of `structure`. */
  private handles(value: unknown, structure: Structure): unknown {
    return mapTensors(value, structure, (tensor, id) => {
      const handle = this.silently(() => tensor.clone());
      this.valueOf.set(handle.id, id);
      return handle;
    });
  }

  /** What a tensor stands for; one that the trace has not seen is a constant. */
  private lookup(tensor: tf.Tensor): ValueId {
    if (this.native.has(tensor.id)) throw refusals.usesNativeTensor(this.frame().module);
    return this.knownValue(tensor.id) ?? this.foreignTensor(tensor) ?? this.constant(tensor);
  }

  private knownValue(id: number): ValueId | undefined {
    const known = this.valueOf.get(id);
    if (known !== undefined) return known;
    for (let depth = this.frames.length - 1; depth >= 0; depth -= 1) {
      const value = this.frames[depth]?.tensors.get(id);
      if (value !== undefined) return value;
    }
    const original = this.copyOf.get(id);
    return original === undefined ? undefined : this.knownValue(original);
  }

  /** A parameter of a module that is not being called, such as a tied embedding: `wte_weight`. */
  private foreignTensor(tensor: tf.Tensor): ValueId | null {
    const frame = this.frame();
    for (const module of this.names.modules.values()) {
      for (const { name, key, tensor: own, kind } of this.names.tensorsOf(module)) {
        if (own.id !== tensor.id) continue;
        const value = this.parameter(key, tensor);
        frame.tensors.set(tensor.id, value);
        const wanted = `${this.names.callee(frame.module, module)}.${name}`;
        this.push(kind, wanted, 'fixed', { kind: 'tensor', value });
        return value;
      }
    }
    return null;
  }

  private constant(tensor: tf.Tensor): ValueId {
    const value = this.newValue(tensor);
    const key = String(value);
    this.constants.set(
      key,
      this.silently(() => tf.keep(tensor.clone())),
    );
    this.frame().steps.push({
      kind: 'constant',
      key,
      to: value,
      scalar: this.scalars.get(tensor.id) ?? null,
    });
    if (!this.madeInsideOp.has(tensor.id)) this.push('constant', 'constant', 'op', { kind: 'tensor', value });
    return value;
  }

  private parameter(key: string, tensor: tf.Tensor): ValueId {
    const to = this.addValue(tensor);
    this.frame().steps.push({ kind: 'parameter', key, to });
    return to;
  }

  private alias(from: ValueId, tensor: tf.Tensor): ValueId {
    const to = this.addValue(tensor);
    this.frame().steps.push({ kind: 'alias', from, to });
    return to;
  }

  private newValue(tensor: tf.Tensor): ValueId {
    const value = this.addValue(tensor);
    this.valueOf.set(tensor.id, value);
    return value;
  }

  private addValue({ shape, dtype }: tf.Tensor): ValueId {
    this.values.push({ shape: [...shape], dtype });
    return this.values.length - 1;
  }

  private push(
    kind: ValueNode['kind'],
    wanted: string,
    rule: Nameable['rule'],
    value: Structure,
    details: Partial<Pick<ValueNode, 'op' | 'operands' | 'settings' | 'stack'>> = {},
  ): void {
    const node: ValueNode = {
      kind,
      name: wanted,
      value,
      op: null,
      operands: [],
      settings: {},
      stack: [],
      ...details,
    };
    const child: Unnamed = { node, naming: { wanted, rule } };
    this.frame().children.push(child);
    for (const each of valuesOf(value)) this.definedBy.set(each, child);
  }

  private frame(): Frame {
    const frame = this.frames.at(-1);
    if (frame === undefined) throw new UntraceableError('Nothing is being traced.');
    return frame;
  }
}
