import * as tf from '@tensorflow/tfjs';
import { UntraceableError } from '../errors.js';
import { assignNames, type Nameable } from '../graph/names.js';
import { outputsOf } from '../graph/steps.js';
import { valuesOf } from '../graph/structure.js';
import type {
  Graph,
  GraphNode,
  Node,
  Step,
  Structure,
  TensorInfo,
  ValueId,
  ValueNode,
} from '../graph/types.js';
import { type EngineListener, withHooks } from './hooks.js';
import { captureStack } from './stack.js';
import { mapTensors, structureOf } from './structure-of.js';
import type { Trace, Traceable, TraceNames } from './types.js';

type Unnamed = { node: Node; naming: Nameable };

/** One module invocation while it runs. */
interface Frame {
  readonly module: Traceable;
  readonly children: Unnamed[];
  /** Values of the module's own tensors in this invocation, by tensor id. */
  readonly tensors: Map<number, ValueId>;
}

interface PendingOp {
  readonly name: string;
  readonly firstStep: number;
  readonly stack: ReturnType<typeof captureStack>;
}

/** Creation functions whose name is not their kernel's with a small first letter. */
const CREATORS: Readonly<Record<string, string>> = { LinSpace: 'linspace' };

let active: Tracer | null = null;

/** The tracer that is recording now, if any; `Module.apply` and `named` report to it. */
export function activeTracer(): Tracer | null {
  return active;
}

/**
 * Runs `module.forward` once on `args` and records every op of it (spec rules T1 and T4).
 * Frees everything it made but the constants.
 * @throws UntraceableError if `forward` reads a traced value or returns a promise.
 */
export function trace(module: Traceable, names: TraceNames, args: readonly unknown[]): Trace {
  if (active !== null) throw new UntraceableError('A trace is already running; traces do not nest.');
  const tracer = new Tracer(names);
  active = tracer;
  try {
    return tracer.run(module, args);
  } finally {
    active = null;
  }
}

export class Tracer implements EngineListener {
  private readonly values: TensorInfo[] = [];
  private readonly steps: Step[] = [];
  private readonly constants = new Map<string, tf.Tensor>();
  /** What each tensor handle seen so far stands for. */
  private readonly valueOf = new Map<number, ValueId>();
  /** The tensor that a copy of tfjs's own is of, by tensor id. */
  private readonly copyOf = new Map<number, number>();
  private readonly madeInsideOp = new Set<number>();
  private readonly scalars = new Map<number, number>();
  private readonly frames: Frame[] = [];
  private readonly called = new Set<Traceable>();
  /** The node that defines a value, so that `named` can rename it. */
  private readonly definedBy = new Map<ValueId, Unnamed>();
  private op: PendingOp | null = null;
  private silently: <R>(quiet: () => R) => R = (quiet) => quiet();

  constructor(private readonly names: TraceNames) {}

  run(module: Traceable, args: readonly unknown[]): Trace {
    let root: GraphNode | undefined;
    try {
      tf.tidy(() => {
        withHooks(this, (silently) => {
          this.silently = silently;
          const rootArgs = args.map((arg) => structureOf(arg, (tensor) => this.addValue(tensor)));
          root = this.invocation(module, '', args, rootArgs, (given) =>
            module.forward(...(given as never[])),
          ).node;
        });
      });
    } catch (error) {
      tf.dispose([...this.constants.values()]);
      throw error;
    }
    const graphNode = root as GraphNode;
    const inputs = graphNode.children
      .filter((child) => child.kind === 'input')
      .map((child) => (child as ValueNode).value);
    const output = graphNode.children.find((child) => child.kind === 'output') as ValueNode;
    const unused = [...this.names.modules].filter(([, each]) => !this.called.has(each)).map(([name]) => name);
    const graph: Graph = {
      values: this.values,
      root: graphNode,
      inputs,
      output: output.value,
      steps: this.steps,
      unused,
    };
    return { graph, constants: this.constants };
  }

  /** Records the call of a submodule; `Module.apply` goes through here. */
  call(module: Traceable, args: readonly unknown[], forward: (args: readonly unknown[]) => unknown): unknown {
    const caller = this.frame();
    const structures = args.map((arg) =>
      structureOf(arg, (tensor) => this.alias(this.lookup(tensor), tensor)),
    );
    const callee = this.names.callee(caller.module, module);
    const { node, result } = this.invocation(module, callee, args, structures, forward);
    caller.children.push({ node, naming: { wanted: callee, rule: 'module' } });
    return result;
  }

  /** Gives the node of `tensor` an explicit name, or makes one if it is another node already. */
  name(wanted: string, tensor: tf.Tensor): tf.Tensor {
    const frame = this.frame();
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
    this.op = { name, firstStep: this.steps.length, stack: captureStack() };
  }

  opEnd(result: unknown): void {
    const op = this.op;
    this.op = null;
    if (op === null || result === null || this.frames.length === 0) return;
    const structure = structureOf(result, (tensor) => this.lookup(tensor));
    const made = new Set(this.steps.slice(op.firstStep).flatMap(outputsOf));
    if (!valuesOf(structure).some((value) => made.has(value))) return;
    const steps = this.steps.slice(op.firstStep);
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
    if (this.frames.length === 0) return;
    const recorded: Record<string, ValueId | ValueId[]> = {};
    for (const [key, input] of Object.entries(inputs)) {
      if (input === undefined || input === null) continue;
      recorded[key] = Array.isArray(input) ? input.map((tensor) => this.lookup(tensor)) : this.lookup(input);
    }
    const tensors = Array.isArray(output) ? output : [output];
    const outputs = tensors.map((tensor) => this.newValue(tensor));
    this.steps.push({
      kind: 'kernel',
      kernel,
      inputs: recorded,
      inputsAreArray: Array.isArray(inputs),
      attrs: { ...attrs },
      outputs,
      outputsAreArray: Array.isArray(output),
    });
    if (this.op === null) this.kernelOutsideOp(kernel, Object.values(recorded).flat(), outputs, attrs);
  }

  copied(from: tf.Tensor, to: tf.Tensor): void {
    this.copyOf.set(to.id, from.id);
  }

  created(tensor: tf.Tensor, values: unknown, insideOp: boolean): void {
    if (insideOp) this.madeInsideOp.add(tensor.id);
    if (tensor.size === 1) this.scalars.set(tensor.id, Number((values as ArrayLike<number>)[0]));
  }

  read(): void {
    if (this.frames.length === 0) return;
    const { module } = this.frame();
    throw new UntraceableError(
      `${module.typeName}.forward reads the values of a tensor (data, dataSync, array or arraySync), ` +
        'which a recorded graph cannot repeat. Express the step with tensor operations.',
    );
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
  ): { node: GraphNode; result: unknown } {
    const stack = callee === '' ? [] : captureStack();
    const frame: Frame = { module, children: [], tensors: new Map() };
    this.called.add(module);
    this.frames.push(frame);
    let result: unknown;
    try {
      result = this.runFrame(frame, args, inputs, forward);
    } finally {
      this.frames.pop();
    }
    const names = assignNames(frame.children.slice(0, -1).map(({ naming }) => naming));
    const children = frame.children.map(({ node }, index) => ({ ...node, name: names[index] ?? 'output' }));
    return { node: { kind: 'graph', name: callee, type: module.typeName, callee, stack, children }, result };
  }

  /** Records inputs, own tensors, `forward` and output of the invocation; returns what the caller gets. */
  private runFrame(
    { module, tensors }: Frame,
    args: readonly unknown[],
    inputs: readonly Structure[],
    forward: (args: readonly unknown[]) => unknown,
  ): unknown {
    inputs.forEach((value, index) => {
      const fallback = index === 0 ? 'input' : `input_${index}`;
      this.push('input', module.inputNames[index] ?? fallback, 'fixed', value);
    });
    for (const { name, key, tensor, kind } of this.names.tensorsOf(module)) {
      const first = tensors.get(tensor.id);
      const value = first === undefined ? this.parameter(key, tensor) : this.alias(first, tensor);
      tensors.set(tensor.id, value);
      this.push(kind, name, 'fixed', { kind: 'tensor', value });
    }
    const given = args.map((arg, index) => this.handles(arg, inputs[index] as Structure));
    const returned = forward(given);
    if (returned instanceof Promise) {
      throw new UntraceableError(
        `${module.typeName}.forward returned a promise; a traced forward must be synchronous.`,
      );
    }
    const output = structureOf(returned, (tensor) => this.alias(this.lookup(tensor), tensor));
    this.push('output', 'output', 'fixed', output);
    return this.handles(returned, output);
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
    this.steps.push({ kind: 'constant', key, to: value, scalar: this.scalars.get(tensor.id) ?? null });
    if (!this.madeInsideOp.has(tensor.id)) this.push('constant', 'constant', 'op', { kind: 'tensor', value });
    return value;
  }

  private parameter(key: string, tensor: tf.Tensor): ValueId {
    const to = this.addValue(tensor);
    this.steps.push({ kind: 'parameter', key, to });
    return to;
  }

  private alias(from: ValueId, tensor: tf.Tensor): ValueId {
    const to = this.addValue(tensor);
    this.steps.push({ kind: 'alias', from, to });
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

/** An op or constant without an explicit name whose result is one tensor. */
function isWholeOp({ node, naming }: Unnamed): boolean {
  return naming.rule === 'op' && node.kind !== 'graph' && node.value.kind === 'tensor';
}
