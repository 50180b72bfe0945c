import { type GraphWeight, graphFiles } from './tfjs-models.js';

type Json = Readonly<Record<string, unknown>>;

const FLOAT = { T: { type: 'DT_FLOAT' } };
const INT = { T: { type: 'DT_INT32' } };
const BOOL = { T: { type: 'DT_BOOL' } };

/** A node of a graph. */
function node(name: string, op: string, input: readonly string[], attr: Json = FLOAT): Json {
  return { name, op, input, attr };
}

/** The placeholder of an input. */
function placeholder(name: string, type = 'DT_FLOAT'): Json {
  return { name, op: 'Placeholder', attr: { dtype: { type } } };
}

/** A tensor of a signature. */
function port(name: string, sizes: readonly number[], dtype = 'DT_FLOAT'): Json {
  return { name: `${name}:0`, dtype, tensorShape: { dim: sizes.map((size) => ({ size: String(size) })) } };
}

function weight(shape: number[], start = 1): GraphWeight {
  const size = shape.reduce((product, each) => product * each, 1);
  return { shape, values: Array.from({ length: size }, (_, i) => Math.cos(start + i)) };
}

function ints(values: number[], shape: number[] = [values.length]): GraphWeight {
  return { shape, values, dtype: 'int32' };
}

/** Two scopes, shapes that are computed, outputs of one node that go to another, and whole numbers as operands. */
export function plainGraph(): File[] {
  return graphFiles(
    [
      placeholder('x'),
      node('net/dense/MatMul', 'MatMul', ['x', 'net/dense/MatMul/ReadVariableOp']),
      node('net/dense/BiasAdd', 'BiasAdd', ['net/dense/MatMul', 'net/dense/bias']),
      node('net/dense/Relu', 'Relu', ['net/dense/BiasAdd']),
      node('net/gate/split', 'Split', ['net/gate/split/split_dim', 'net/dense/Relu'], {
        ...FLOAT,
        num_split: { i: '2' },
      }),
      node('net/gate/mul', 'Mul', ['net/gate/split', 'net/gate/split:1']),
      node('net/flat/Shape', 'Shape', ['net/gate/mul'], FLOAT),
      node('net/flat/strided_slice', 'StridedSlice', ['net/flat/Shape', 'zero', 'one', 'one'], {
        ...INT,
        shrink_axis_mask: { i: '1' },
      }),
      node('net/flat/Reshape/shape', 'Pack', ['net/flat/strided_slice', 'two', 'minus'], {
        ...INT,
        N: { i: '3' },
        axis: { i: '0' },
      }),
      node('net/flat/Reshape', 'Reshape', ['net/gate/mul', 'net/flat/Reshape/shape']),
      node('net/table/rows', 'GatherV2', ['net/table/values', 'net/table/ids', 'axis'], {
        Tparams: { type: 'DT_FLOAT' },
        Tindices: { type: 'DT_INT32' },
      }),
      node('net/add', 'AddV2', ['net/flat/Reshape', 'net/table/rows']),
      node('Identity', 'Identity', ['net/add']),
    ],
    {
      'net/dense/MatMul/ReadVariableOp': weight([3, 8]),
      'net/dense/bias': weight([8], 2),
      'net/gate/split/split_dim': ints([1], []),
      zero: ints([0]),
      one: ints([1]),
      two: ints([2], []),
      minus: ints([-1], []),
      axis: ints([0], []),
      'net/table/values': weight([5, 2]),
      'net/table/ids': ints([4, 1]),
    },
    {
      signature: {
        inputs: { x: port('x', [-1, 3]) },
        outputs: { result: port('Identity', [-1, 2, 2]), 'gate:0': port('net/gate/mul', [-1, 4]) },
      },
    },
  );
}

/** `while (i < 3) x = x · x`, as TensorFlow 1 writes it, between two products. */
export function loopGraph(): File[] {
  const frame = { ...FLOAT, frame_name: { s: 'bG9vcA==' }, is_constant: { b: false } };
  return graphFiles(
    [
      placeholder('x'),
      node('before/MatMul', 'MatMul', ['x', 'before/kernel']),
      node('loop/i', 'Enter', ['zero'], { ...frame, ...INT }),
      node('loop/x', 'Enter', ['before/MatMul'], frame),
      node('loop/limit', 'Enter', ['three'], { ...frame, ...INT, is_constant: { b: true } }),
      node('loop/Merge', 'Merge', ['loop/i', 'loop/NextIteration'], INT),
      node('loop/Merge_1', 'Merge', ['loop/x', 'loop/NextIteration_1']),
      node('loop/Less', 'Less', ['loop/Merge', 'loop/limit'], INT),
      node('loop/LoopCond', 'LoopCond', ['loop/Less'], BOOL),
      node('loop/Switch', 'Switch', ['loop/Merge', 'loop/LoopCond'], INT),
      node('loop/Switch_1', 'Switch', ['loop/Merge_1', 'loop/LoopCond']),
      node('loop/Identity', 'Identity', ['loop/Switch:1'], INT),
      node('loop/add', 'AddV2', ['loop/Identity', 'one'], INT),
      node('loop/square', 'Mul', ['loop/Switch_1:1', 'loop/Switch_1:1']),
      node('loop/NextIteration', 'NextIteration', ['loop/add'], INT),
      node('loop/NextIteration_1', 'NextIteration', ['loop/square']),
      node('loop/Exit', 'Exit', ['loop/Switch_1']),
      node('after/MatMul', 'MatMul', ['loop/Exit', 'after/kernel']),
    ],
    {
      zero: ints([0], []),
      one: ints([1], []),
      three: ints([3], []),
      'before/kernel': weight([2, 2]),
      'after/kernel': weight([2, 2], 3),
    },
    { signature: { inputs: { x: port('x', [-1, 2]) }, outputs: { y: port('after/MatMul', [-1, 2]) } } },
  );
}

/** `map(row => row · 2, x)`, as TensorFlow 2 writes it: a loop whose body, a function, fills a list. */
export function mapGraph(): File[] {
  const list = { element_dtype: { type: 'DT_FLOAT' }, shape_type: { type: 'DT_INT32' } };
  const types = ['DT_INT32', 'DT_VARIANT', 'DT_VARIANT'];
  const args = ['i', 'rows', 'made'].map((name, index) => ({ name, type: types[index] }));
  const body = {
    signature: {
      name: 'body',
      inputArg: args,
      outputArg: ['i_out', 'rows_out', 'made_out'].map((name) => ({ name })),
    },
    nodeDef: [
      { name: 'body/one', op: 'Const', attr: { dtype: { type: 'DT_INT32' } } },
      { name: 'body/shape', op: 'Const', attr: { dtype: { type: 'DT_INT32' } } },
      { name: 'body/two', op: 'Const', attr: { dtype: { type: 'DT_FLOAT' } } },
      node('add', 'AddV2', ['i', 'body/one:output:0'], INT),
      node('row', 'TensorListGetItem', ['rows', 'i', 'body/shape:output:0'], list),
      node('double', 'Mul', ['row:item:0', 'body/two:output:0']),
      node('set', 'TensorListSetItem', ['made', 'i', 'double:z:0'], list),
    ],
    ret: { i_out: 'add:z:0', rows_out: 'rows', made_out: 'set:output_handle:0' },
  };
  const condition = {
    signature: { name: 'cond', inputArg: args, outputArg: [{ name: 'isLess' }] },
    nodeDef: [
      { name: 'cond/limit', op: 'Const', attr: { dtype: { type: 'DT_INT32' } } },
      node('less', 'Less', ['i', 'cond/limit:output:0'], INT),
    ],
    ret: { isLess: 'less:z:0' },
  };
  return graphFiles(
    [
      placeholder('x'),
      node('map/Relu', 'Relu', ['x']),
      node('map/rows', 'TensorListFromTensor', ['map/Relu', 'map/element'], list),
      node('map/made', 'TensorListReserve', ['map/element', 'map/count'], list),
      node('map/while', 'StatelessWhile', ['map/zero', 'map/rows', 'map/made'], {
        body: { func: { name: 'body' } },
        cond: { func: { name: 'cond' } },
        T: { list: { type: types } },
      }),
      node('map/stack', 'TensorListStack', ['map/while:2', 'map/element'], list),
      node('sum', 'Sum', ['map/stack', 'axis']),
    ],
    {
      'map/element': ints([2]),
      'map/count': ints([3], []),
      'map/zero': ints([0], []),
      axis: ints([0]),
      'body/one': ints([1], []),
      'body/shape': ints([2]),
      'body/two': { shape: [], values: [2] },
      'cond/limit': ints([3], []),
    },
    { signature: { inputs: { x: port('x', [3, 2]) }, outputs: { y: port('sum', [2]) } } },
    { library: { function: [body, condition] } },
  );
}

/** Looks numbers up in a table that an initializer fills, and takes the rows of `x` that are positive. */
export function tableGraph(): File[] {
  const table = {
    name: 'table',
    op: 'HashTableV2',
    attr: { key_dtype: { type: 'DT_INT32' }, value_dtype: { type: 'DT_FLOAT' } },
  };
  const types = { Tin: { type: 'DT_INT32' }, Tout: { type: 'DT_FLOAT' } };
  return graphFiles(
    [
      placeholder('keys', 'DT_INT32'),
      placeholder('x'),
      table,
      node('find', 'LookupTableFindV2', ['table', 'keys', 'unknown'], types),
      node('positive', 'Greater', ['x', 'zero']),
      node('where', 'Where', ['positive'], BOOL),
      node('rows', 'GatherNd', ['x', 'where'], {
        Tparams: { type: 'DT_FLOAT' },
        Tindices: { type: 'DT_INT64' },
      }),
      node('double', 'Mul', ['rows', 'factor']),
      node('sum', 'AddV2', ['find', 'one']),
    ],
    {
      unknown: { shape: [], values: [-1] },
      zero: { shape: [], values: [0] },
      factor: { shape: [], values: [2] },
      one: { shape: [], values: [1] },
      'table/keys': ints([7, 8]),
      'table/values': { shape: [2], values: [70, 80] },
    },
    {
      signature: {
        inputs: { keys: port('keys', [-1], 'DT_INT32'), x: port('x', [-1]) },
        outputs: { found: port('sum', [-1]), rows: port('double', [-1]) },
      },
      modelInitializer: {
        node: [
          { name: 'table/keys', op: 'Const', attr: { dtype: { type: 'DT_INT32' } } },
          { name: 'table/values', op: 'Const', attr: { dtype: { type: 'DT_FLOAT' } } },
          table,
          node('fill', 'LookupTableImportV2', ['table', 'table/keys', 'table/values'], types),
        ],
        versions: {},
      },
    },
  );
}

/** Sorts texts into buckets. */
export function textGraph(): File[] {
  return graphFiles(
    [
      placeholder('texts', 'DT_STRING'),
      node('hash', 'StringToHashBucketFast', ['texts'], { num_buckets: { i: '10' } }),
      node('cast', 'Cast', ['hash'], { SrcT: { type: 'DT_INT64' }, DstT: { type: 'DT_FLOAT' } }),
      node('half', 'Mul', ['cast', 'factor']),
    ],
    { factor: { shape: [], values: [0.5] } },
    {
      signature: {
        inputs: { texts: port('texts', [-1], 'DT_STRING') },
        outputs: { half: port('half', [-1]) },
      },
    },
  );
}
