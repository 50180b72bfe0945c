import * as tf from '@tensorflow/tfjs';
import { checkSameShape, type KernelCall, numeric, one, type Rule, sizeAt, sizeOf } from './call.js';

const BOOL = ['bool'];
const FLOAT = ['float32'];
const COMPLEX = ['complex64'];
const DTYPES = ['float32', 'int32', 'bool', 'complex64'] as const;

/** An output as `x`. */
const likeX: Rule = (call) => one(call.input('x').shape, numeric(call.input('x')));

/** An output as `x`, with settings that are numbers. */
function likeXWith(...settings: string[]): Rule {
  return (call) => {
    for (const setting of settings) call.number(setting);
    return likeX(call);
  };
}

function shapedAs(input: string, dtypes: readonly string[]): Rule {
  return (call) => one(call.input(input).shape, dtypes);
}

/** Two inputs that are broadcast against each other. */
function broadcast(dtypes: typeof numeric, a = 'a', b = 'b'): Rule {
  return (call) => {
    const [left, right] = [call.input(a), call.input(b)];
    const shape = tf.backend_util.assertAndGetBroadcastShape([...left.shape], [...right.shape]);
    return one(shape, dtypes(left, right));
  };
}

function sameShapes(a: string, b: string, dtypes: readonly string[]): Rule {
  return (call) => {
    checkSameShape(call.input(a), call.input(b));
    return one(call.input(a).shape, dtypes);
  };
}

function cumulative(call: KernelCall) {
  call.axis('axis', call.input('x'));
  return likeX(call);
}

function transform(call: KernelCall) {
  const { shape, dtype } = call.input('input');
  if (dtype !== 'complex64' || shape.length === 0) throw new Error('its input is not complex');
  const length = sizeAt({ shape }, shape.length - 1);
  // tfjs falls back to the definition where the length is no power of two.
  return one(shape, COMPLEX, sizeOf({ shape }) * length);
}

function select(call: KernelCall) {
  const [condition, yes, no] = [call.input('condition'), call.input('t'), call.input('e')];
  checkSameShape(yes, no);
  const isPerRow = condition.shape.length === 1 && sizeAt(condition, 0) === yes.shape[0];
  if (!isPerRow) checkSameShape(condition, yes);
  return one(yes.shape, numeric(yes, no));
}

const named = (rule: Rule, names: string) => Object.fromEntries(names.split(' ').map((name) => [name, rule]));

/** Kernels that work on each element by itself, or keep the shape of an input. */
export const ELEMENTWISE: Readonly<Record<string, Rule>> = {
  ...named(
    likeX,
    'Abs Acos Acosh Asin Asinh Atan Atanh Ceil Cos Cosh Elu Erf Exp Expm1 Floor Identity Log Log1p Neg OnesLike ' +
      'Reciprocal Relu Relu6 Round Rsqrt Selu Sigmoid Sign Sin Sinh Softplus Sqrt Square Tan Tanh ZerosLike',
  ),
  ...named(shapedAs('x', BOOL), 'IsFinite IsInf IsNan LogicalNot'),
  ...named(
    broadcast(numeric),
    'Add Sub Multiply RealDiv FloorDiv Maximum Minimum Mod Pow SquaredDifference Atan2 BitwiseAnd',
  ),
  ...named(
    broadcast(() => BOOL),
    'Equal NotEqual Greater GreaterEqual Less LessEqual LogicalAnd LogicalOr LogicalXor',
  ),
  Prelu: broadcast(numeric, 'x', 'alpha'),
  EluGrad: sameShapes('dy', 'y', FLOAT),
  Complex: sameShapes('real', 'imag', COMPLEX),
  ComplexAbs: shapedAs('x', FLOAT),
  Real: shapedAs('input', FLOAT),
  Imag: shapedAs('input', FLOAT),
  FFT: transform,
  IFFT: transform,
  ClipByValue: likeXWith('clipValueMin', 'clipValueMax'),
  LeakyRelu: likeXWith('alpha'),
  Step: likeXWith('alpha'),
  Cast: (call) => one(call.input('x').shape, [call.oneOf('dtype', DTYPES)]),
  Cumsum: cumulative,
  Cumprod: cumulative,
  Softmax: (call) => {
    call.axis('dim', call.input('logits'));
    return one(call.input('logits').shape, FLOAT);
  },
  LogSoftmax: (call) => {
    call.axis('axis', call.input('logits'));
    return one(call.input('logits').shape, FLOAT);
  },
  Select: select,
  AddN: (call) => {
    const inputs = call.list();
    const [first] = inputs as [(typeof inputs)[0]];
    for (const input of inputs) checkSameShape(first, input);
    return one(first.shape, numeric(...inputs));
  },
};
