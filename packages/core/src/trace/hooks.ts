import * as tf from '@tensorflow/tfjs';
import { finish, type MaybePromise } from '../memory/maybe-promise.js';

/** What the engine of tfjs tells while hooks are set. Nested kernels and composite ops are not told. */
export interface EngineListener {
  /** An op called by the author's code begins; `name` is its public name. */
  opStart(name: string): void;
  /** It ends; `result` is null if it threw. */
  opEnd(result: unknown): void;
  kernel(
    kernel: string,
    inputs: Record<string, tf.Tensor | tf.Tensor[] | undefined>,
    attrs: Record<string, unknown>,
    output: tf.Tensor | tf.Tensor[],
  ): void;
  /** tfjs copied a tensor for its own use, such as one that a gradient needs later. */
  copied(from: tf.Tensor, to: tf.Tensor): void;
  /** A tensor was made from numbers; `insideOp` where an op made it for its own use. */
  created(tensor: tf.Tensor, values: unknown, insideOp: boolean): void;
  /** The author's code reads the values of a tensor, at once or later. */
  read(isAsync: boolean): void;
  /** The author's code gives a variable other values. */
  assigned(): void;
  /** The author's code runs a function with a gradient of its own (`tf.customGrad`). */
  customGradient(): void;
}

type Engine = ReturnType<typeof tf.engine>;
type RunKernel = (
  kernel: string,
  inputs: tf.NamedTensorMap,
  attrs?: Record<string, unknown>,
) => tf.Tensor | tf.Tensor[];

/** What `runKernel` and `tf.customGrad` go through; private in tfjs's types. */
interface KernelFunctions {
  runKernelFunc(call: object): unknown;
}

/** Suffix of the scopes that tfjs opens around public ops (`operation.ts`, OP_SCOPE_SUFFIX). */
const OP_SUFFIX = '__op';

/**
 * Runs `fn` with the listener attached to tfjs's engine, and detaches it afterwards, also after an
 * exception; where `fn` returns a promise, when that is settled. `silently` runs code that the listener is
 * not told of. A gradient that is being computed around it does not see what runs: its copies of tensors
 * would look like the author's.
 */
export function withHooks<T>(
  listener: EngineListener,
  fn: (silently: <R>(quiet: () => R) => R) => MaybePromise<T>,
): MaybePromise<T> {
  const engine = tf.engine();
  const functions = engine as unknown as KernelFunctions;
  const original = {
    runKernel: engine.runKernel,
    runKernelFunc: functions.runKernelFunc,
    startScope: engine.startScope,
    endScope: engine.endScope,
    makeTensor: engine.makeTensor,
    readSync: engine.readSync,
    read: engine.read,
  };
  const { gradientDepth, activeTape } = engine.state;
  const scopes: boolean[] = [];
  let opDepth = 0;
  let muted = 0;

  function silently<R>(quiet: () => R): R {
    muted += 1;
    try {
      return quiet();
    } finally {
      muted -= 1;
    }
  }

  const runKernel: RunKernel = (kernel, inputs, attrs) => {
    const call = () => (original.runKernel as RunKernel).call(engine, kernel, inputs, attrs);
    if (muted > 0) {
      const inner = call();
      if (kernel === tf.Identity && !Array.isArray(inner)) listener.copied(inputs.x as tf.Tensor, inner);
      return inner;
    }
    const output = silently(call);
    listener.kernel(kernel, inputs, attrs ?? {}, output);
    return output;
  };
  engine.runKernel = runKernel as Engine['runKernel'];
  functions.runKernelFunc = (call) => {
    if (muted === 0 && opDepth === 0 && 'forwardFunc' in call) listener.customGradient();
    return original.runKernelFunc.call(engine, call);
  };
  engine.startScope = (name) => {
    const isOp = muted === 0 && name?.endsWith(OP_SUFFIX) === true;
    scopes.push(isOp);
    if (isOp && opDepth++ === 0) listener.opStart(name.slice(0, -OP_SUFFIX.length));
    original.startScope.call(engine, name);
  };
  engine.endScope = (result) => {
    if (scopes.pop() === true && --opDepth === 0) listener.opEnd(result);
    original.endScope.call(engine, result);
  };
  engine.makeTensor = (values, shape, dtype, backend) => {
    // Authors may go on to change an array that they made a tensor from.
    const own = muted === 0 && ArrayBuffer.isView(values) ? (values as Float32Array).slice() : values;
    const tensor = original.makeTensor.call(engine, own, shape, dtype, backend);
    if (muted === 0) listener.created(tensor, values, opDepth > 0);
    return tensor;
  };
  engine.readSync = (dataId) => {
    if (muted === 0) listener.read(false);
    return original.readSync.call(engine, dataId);
  };
  engine.read = (dataId) => {
    if (muted === 0) listener.read(true);
    return original.read.call(engine, dataId);
  };
  const { assign } = tf.Variable.prototype;
  tf.Variable.prototype.assign = function (this: tf.Variable, value) {
    if (muted === 0) listener.assigned();
    assign.call(this, value);
  };
  const withoutGradient = () => {
    engine.state.gradientDepth = 0;
    try {
      return fn(silently);
    } finally {
      Object.assign(engine.state, { gradientDepth, activeTape });
    }
  };
  return finish(
    withoutGradient,
    (result) => result,
    () => {
      Object.assign(engine, original);
      tf.Variable.prototype.assign = assign;
    },
  );
}
