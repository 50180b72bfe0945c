import * as tf from '@tensorflow/tfjs';
import { UntraceableError } from '../errors.js';
import type { Nameable } from '../graph/names.js';
import { outputsOf } from '../graph/steps.js';
import { valuesOf } from '../graph/structure.js';
import type { Scalar, StackFrame, Structure, ValueId, ValueNode } from '../graph/types.js';
import type { AttributeListener } from './attributes.js';
import { attributesOf, type Frame, isWholeOp, type PendingOp, type Unnamed } from './frame.js';
import type { EngineListener } from './hooks.js';
import { Identities } from './identities.js';
import { refusals } from './refusals.js';
import { ScalarTable } from './scalars.js';
import { copySettings } from './settings.js';
import { captureStack } from './stack.js';
import { type Leaves, mapTensors, structureOf } from './structure-of.js';
import type { AttributeRead, Traceable, TraceNames, TraceRequest } from './types.js';

/** Creation functions whose name is not their kernel's with a small first letter. */
const CREATORS: Readonly<Record<string, string>> = { LinSpace: 'linspace' };

/** Kernels whose result has a shape that depends on the values given. */
const DEPENDENT =
  /^(?:Unique|NonMaxSuppression|Where|SparseFillEmptyRows|SparseReshape|Ragged|StringNGrams|StringSplit)/;

/** Writes down what happens inside of module invocations: ops, constants, parameters, attributes. */
export class Recorder implements EngineListener, AttributeListener {
  readonly tensors = new Identities();
  /** Tensors made from numbers, kept for the graph, by the key of their step. */
  readonly constants = new Map<string, tf.Tensor>();
  /** Invocations that run now, the innermost last. */
  readonly frames: Frame[] = [];
  /** Asynchronous invocations that wait, the innermost last. What happens meanwhile counts as done by that one. */
  readonly waiting: Frame[] = [];
  /** Attributes that recorded modules read, with the values that the model gave them. */
  readonly attributesRead: AttributeRead[] = [];
  /** The first refusal: authors' code may catch the exception. */
  refused: UntraceableError | null = null;
  private readonly scalars: ScalarTable;
  /** The node that defines a value, so that `named` can rename it. */
  private readonly definedBy = new Map<ValueId, Unnamed>();
  /** What is kept of each tensor that became a constant, by its id. */
  private readonly kept = new Map<number, tf.Tensor>();
  private readonly written = new Map<Traceable, Set<string>>();
  private op: PendingOp | null = null;

  constructor(
    private readonly names: TraceNames,
    private readonly request: TraceRequest,
    /** Runs code of our own that is not to be recorded. */
    public silently: <R>(quiet: () => R) => R,
  ) {
    this.scalars = new ScalarTable(request.overrides);
  }

  opStart(name: string): void {
    const frame = this.current();
    if (frame === undefined || frame.isOpaque) return;
    this.op = { name, firstStep: frame.steps.length, stack: this.stack() };
  }

  opEnd(result: unknown): void {
    const op = this.op;
    this.op = null;
    if (op === null || result === null || this.frames.length === 0) return;
    const structure = structureOf(
      result,
      this.leaves((tensor) => this.lookup(tensor)),
    );
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
    const frame = this.current();
    if (frame === undefined) return;
    const tensors = Array.isArray(output) ? output : [output];
    if (!frame.isOpaque && DEPENDENT.test(kernel))
      throw this.refusal(refusals.dependsOnValues(frame.module, kernel));
    if (frame.isOpaque) {
      for (const input of Object.values(inputs).flat()) if (input) this.checkHanded(input);
      for (const tensor of tensors) this.tensors.noteNative(tensor);
      return;
    }
    for (const tensor of tensors) this.tensors.noteMaker(tensor, frame.module);
    const recorded: Record<string, ValueId | ValueId[]> = {};
    for (const [key, input] of Object.entries(inputs)) {
      if (input === undefined || input === null) continue;
      recorded[key] = Array.isArray(input) ? input.map((tensor) => this.lookup(tensor)) : this.lookup(input);
    }
    const outputs = tensors.map((tensor) => this.tensors.define(tensor, frame.steps));
    const settings = copySettings(attrs);
    frame.steps.push({
      kind: 'kernel',
      kernel,
      inputs: recorded,
      inputsAreArray: Array.isArray(inputs),
      attrs: settings,
      outputs,
    });
    if (this.op === null) this.kernelOutsideOp(kernel, Object.values(recorded).flat(), outputs, settings);
  }

  copied(from: tf.Tensor, to: tf.Tensor): void {
    this.tensors.noteCopy(from, to);
  }

  created(tensor: tf.Tensor, values: unknown, insideOp: boolean): void {
    if (this.current()?.isOpaque === true) this.tensors.noteNative(tensor);
    this.tensors.noteCreated(tensor, values, insideOp);
  }

  read(isAsync: boolean): void {
    const module = this.recordedModule();
    if (module === null) return;
    const refusal = this.refusal(refusals.readsValues(module));
    // As the rejection of a promise that nobody may wait for, it would end some processes.
    if (!isAsync) throw refusal;
  }

  assigned(): void {
    const module = this.recordedModule();
    if (module !== null) throw this.refusal(refusals.assigns(module));
  }

  customGradient(): void {
    const module = this.recordedModule();
    if (module !== null) throw this.refusal(refusals.customGradient(module));
  }

  /** Remembers a refusal, for the caller to throw. */
  refusal(error: UntraceableError): UntraceableError {
    this.refused ??= error;
    return error;
  }

  private recordedModule(): Traceable | null {
    const frame = this.current();
    return frame === undefined || frame.isOpaque ? null : frame.module;
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
    this.push('op', op, 'op', structure, { op, operands, settings, stack: this.stack() });
  }

  /** Gives the node of `tensor` an explicit name, or makes one if it is another node already. */
  name(wanted: string, tensor: tf.Tensor): tf.Tensor {
    const frame = this.current();
    if (frame === undefined || frame.isOpaque) return tensor;
    const value = this.lookup(tensor);
    const defined = this.definedBy.get(value);
    const index = defined === undefined ? -1 : frame.children.indexOf(defined);
    if (defined !== undefined && index >= 0 && isWholeOp(defined)) {
      this.rename(frame, index, wanted);
      return tensor;
    }
    const handle = this.silently(() => tensor.clone());
    const alias = this.alias(value, handle);
    this.tensors.bind(handle, alias);
    this.tensors.noteMaker(handle, frame.module);
    this.push(
      'op',
      wanted,
      'fixed',
      { kind: 'tensor', value: alias },
      { op: 'identity', operands: [value], stack: this.stack() },
    );
    return handle;
  }

  /** Puts what `fn` records into scopes, and calls its last op `name`. */
  within<T>(scopes: readonly string[], name: string, fn: () => T): T {
    const frame = this.current();
    if (frame === undefined || frame.isOpaque) return fn();
    const before = frame.scopes;
    const first = frame.children.length;
    frame.scopes = [...before, ...scopes];
    try {
      const result = fn();
      const last = frame.children.findLastIndex(({ node }) => node.kind === 'op');
      if (last >= first) this.rename(frame, last, name);
      return result;
    } finally {
      frame.scopes = before;
    }
  }

  private rename({ children }: Frame, index: number, wanted: string): void {
    const renamed: Unnamed = { ...(children[index] as Unnamed), naming: { wanted, rule: 'fixed' } };
    children[index] = renamed;
    for (const value of renamed.node.kind === 'graph' ? [] : valuesOf(renamed.node.value))
      this.definedBy.set(value, renamed);
  }

  /** The first read of an attribute in an invocation is its node there. */
  readAttribute(module: Traceable, name: string, scalar: Scalar): Scalar {
    const frame = this.current();
    const isOwn = frame?.module === module;
    if (frame === undefined || (frame.isOpaque && !isOwn)) return scalar;
    const known = attributesOf(frame, module);
    const use = known.get(name);
    if (use !== undefined) return use.value as Scalar;
    const structure = this.scalars.next(scalar);
    known.set(name, { value: structure.scalar, wasRead: true });
    if (!frame.isOpaque && !this.written.get(module)?.has(name))
      this.attributesRead.push({ module, name, scalar });
    if (structure.isPatched) frame.patchedAttributes.push({ name, scalar: structure.scalar });
    const wanted = isOwn ? name : `${this.names.callee(frame.module, module)}.${name}`;
    this.push('attribute', wanted, 'fixed', structure);
    return structure.scalar;
  }

  wroteAttribute(module: Traceable, name: string, value: unknown): void {
    const frame = this.current();
    if (frame === undefined) return;
    this.written.set(module, (this.written.get(module) ?? new Set<string>()).add(name));
    const known = attributesOf(frame, module);
    const use = known.get(name);
    if (!frame.isOpaque && use?.wasRead === true && !Object.is(use.value, value))
      throw this.refusal(refusals.changesAttribute(frame.module, name));
    known.set(name, { value, wasRead: use?.wasRead ?? false });
  }

  /** Fresh handles for the tensors of a value, bound to the values of `structure`. */
  handles(value: unknown, structure: Structure): unknown {
    return mapTensors(value, structure, (tensor, id) => {
      const handle = this.silently(() => tensor.clone());
      this.tensors.bind(handle, id);
      return handle;
    });
  }

  /** What a tensor stands for; one that the trace has not seen is a constant. */
  lookup(tensor: tf.Tensor): ValueId {
    const { module, steps } = this.frame();
    if (this.tensors.isNative(tensor)) throw this.refusal(refusals.usesNativeTensor(module));
    const known = this.tensors.find(tensor.id, (id) => this.ownTensor(id));
    if (known === undefined) return this.foreignTensor(tensor) ?? this.constant(tensor);
    if (this.tensors.isKnownIn(steps, known)) return known;
    if (!this.kept.has(tensor.id)) throw this.refusal(refusals.usesNativeTensor(module));
    return this.constant(tensor);
  }

  /**
   * Checks what an opaque module uses: a tensor that a recorded module leaves somewhere, instead of returning it, is not
   * there when the graph runs.
   */
  checkHanded(tensor: tf.Tensor): void {
    const maker = this.tensors.strangerMaking(tensor);
    if (maker !== undefined) throw this.refusal(refusals.leavesTensor(maker));
  }

  /** A tensor of a module that runs now, the innermost first. */
  private ownTensor(id: number): ValueId | undefined {
    const { steps } = this.frame();
    const values = this.frames.map(({ tensors }) => tensors.get(id));
    return values.findLast((value) => value !== undefined && this.tensors.isKnownIn(steps, value));
  }

  /**
   * A parameter of a module that is not being called, such as a tied embedding: `wte_weight`; or a tensor that a module
   * holds and that is no variable.
   */
  private foreignTensor(tensor: tf.Tensor): ValueId | null {
    const frame = this.frame();
    const owner = this.names.ownerOf(tensor);
    if (owner === undefined) return null;
    const { module, name, key, kind } = owner;
    const value = this.parameter(key, tensor);
    frame.tensors.set(tensor.id, value);
    const wanted = module === frame.module ? name : `${this.names.callee(frame.module, module)}.${name}`;
    this.push(kind, wanted, 'fixed', { kind: 'tensor', value });
    return value;
  }

  /** Each list of steps reads a constant for itself. */
  private constant(tensor: tf.Tensor): ValueId {
    const { steps } = this.frame();
    const value = this.tensors.define(tensor, steps);
    const key = String(value);
    // What becomes of a variable later counts in later runs.
    const keep = () =>
      tensor instanceof tf.Variable ? tensor : this.silently(() => tf.keep(tensor.clone()));
    const kept = this.kept.get(tensor.id) ?? keep();
    this.kept.set(tensor.id, kept);
    this.constants.set(key, kept);
    steps.push({ kind: 'constant', key, to: value, scalar: this.tensors.scalarOf(tensor) });
    if (!this.tensors.isMadeInsideOp(tensor))
      this.push('constant', 'constant', 'op', { kind: 'tensor', value });
    return value;
  }

  parameter(key: string, tensor: tf.Tensor): ValueId {
    const { steps } = this.frame();
    const to = this.tensors.add(tensor, steps);
    steps.push({ kind: 'parameter', key, to });
    return to;
  }

  alias(from: ValueId, tensor: tf.Tensor): ValueId {
    const { steps } = this.frame();
    const to = this.tensors.add(tensor, steps);
    steps.push({ kind: 'alias', from, to });
    return to;
  }

  push(
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
    const { children, scopes } = this.current() as Frame;
    // As in TensorFlow, a slash in the name of a tensor that a module holds ends a scope.
    const parts = kind === 'parameter' || kind === 'buffer' ? wanted.split('/') : [wanted];
    const naming: Nameable = { wanted: parts.at(-1) as string, rule };
    const child: Unnamed = { node, naming, scopes: [...scopes, ...parts.slice(0, -1)] };
    children.push(child);
    for (const each of valuesOf(value)) this.definedBy.set(each, child);
  }

  /** What stands for the parts of a value whose tensors `tensor` knows. */
  leaves(tensor: Leaves['tensor']): Leaves {
    return { tensor, scalar: (scalar) => this.scalars.next(scalar) };
  }

  /** Where the author's code is now. */
  stack(): StackFrame[] {
    const frame = this.current();
    const isKept = this.request.keepStacks && (frame === undefined || this.names.hasSource(frame.module));
    return isKept ? captureStack() : [];
  }

  /** The invocation in which things happen now. */
  current(): Frame | undefined {
    return this.frames.at(-1) ?? this.waiting.at(-1);
  }

  private frame(): Frame {
    const frame = this.current();
    if (frame === undefined) throw new UntraceableError('Nothing is being traced.');
    return frame;
  }
}
