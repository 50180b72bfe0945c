import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { leavesOf, type Path, put } from '../../../test/support/json-paths.js';
import { loopGraph, plainGraph } from '../../../test/support/tfjs-graphs.js';
import { graphFiles, layersFiles, loadTensorModel, withJson } from '../../../test/support/tfjs-models.js';
import { CheckpointError, PatchbayError } from '../../errors.js';
import { PatchableGraph } from '../../patchable/patchable-graph.js';
import { loadPretrained } from '../load-pretrained.js';

// biome-ignore lint/suspicious/noExplicitAny: tests break the JSON in ways that no type has.
type Json = any;

const { layers } = tf;
let small: File[];
let graph: File[];

beforeAll(async () => {
  await tf.setBackend('cpu');
  const model = tf.sequential({
    layers: [
      layers.conv2d({ filters: 2, kernelSize: 2, inputShape: [3, 3, 1], name: 'conv' }),
      layers.flatten({ name: 'flat' }),
      layers.dense({ units: 2, name: 'end' }),
    ],
  });
  small = await layersFiles(model);
  model.dispose();
  graph = plainGraph();
});

function bytes(file: File, begin: number, end: number): Promise<ArrayBuffer> {
  return file.slice(begin, end).arrayBuffer();
}

/** A model of an input and a layer, which reads `inbound`. */
function functional(inbound: unknown, key = 'inbound_nodes'): File[] {
  const input = { name: 'in', batch_input_shape: [null, 2], dtype: 'float32' };
  const modelTopology = {
    class_name: 'Model',
    config: {
      name: 'model',
      layers: [
        { class_name: 'InputLayer', name: 'in', config: input, [key]: [] },
        { class_name: 'Flatten', name: 'end', config: { name: 'end' }, [key]: [inbound] },
      ],
      input_layers: [['in', 0, 0]],
      output_layers: [['end', 0, 0]],
    },
  };
  return [
    new File([JSON.stringify({ format: 'layers-model', modelTopology })], 'model.json'),
    new File([], 'weights.bin'),
  ];
}

describe('a broken model is one typed error and leaves no tensors behind', () => {
  const broken: [what: string, files: () => Promise<File[]> | File[], message: RegExp][] = [
    ['no JSON', () => [new File(['<html>'], 'model.json')], /model\.json is no JSON that can be read/],
    ['no object', () => [new File(['[1]'], 'model.json')], /model\.json cannot be used/],
    ['no topology', () => withJson(small, (json) => ({ ...json, modelTopology: 3 })), /At modelTopology/],
    ['another format', () => withJson(small, (json) => ({ ...json, format: 'onnx' })), /At format/],
    [
      'nested too deeply',
      () => [new File([`{"a":${'['.repeat(300)}${']'.repeat(300)}}`], 'model.json')],
      /300|levels deep/,
    ],
    ['no weights', () => small.slice(0, 1), /There is no weights\.bin, in which model\.json has weights/],
    [
      'weights cut short',
      async () => [small[0] as File, new File([await bytes(small[1] as File, 0, 50)], 'weights.bin')],
      /files end before it does/,
    ],
    [
      'weights too long',
      async () => [small[0] as File, new File([small[1] as File, 'x'], 'weights.bin')],
      /end 1 bytes after the last weight/,
    ],
    [
      'weights elsewhere',
      () =>
        withJson(small, (json: Json) => {
          json.weightsManifest[0].paths = ['../weights.bin'];
        }),
      /At weightsManifest\.0\.paths\.0/,
    ],
    [
      'a weight twice',
      () =>
        withJson(small, (json: Json) => {
          json.weightsManifest[0].weights[1].name = 'conv/kernel';
        }),
      /lists a weight twice/,
    ],
    [
      'a weight of no size',
      () =>
        withJson(small, (json: Json) => {
          json.weightsManifest[0].weights[0].shape = [1e9, 1e9];
        }),
      /too large/,
    ],
    [
      'a weight of great size',
      () =>
        withJson(small, (json: Json) => {
          json.weightsManifest[0].weights[0].shape = [1e12];
        }),
      /files end before it does/,
    ],
    [
      'a missing weight',
      () =>
        withJson(small, (json: Json) => {
          json.weightsManifest[0].weights[0].name = 'other';
        }),
      /no target variable: other/,
    ],
    [
      'a weight of another shape',
      () =>
        withJson(small, (json: Json) => {
          json.weightsManifest[0].weights[0].shape = [8];
        }),
      /Shape mismatch/,
    ],
    [
      'a quantisation without scale',
      () =>
        withJson(small, (json: Json) => {
          json.weightsManifest[0].weights[0].quantization = { dtype: 'uint8' };
        }),
      /conv\/kernel' cannot be read/,
    ],
    [
      'a lambda',
      () =>
        withJson(small, (json: Json) => {
          json.modelTopology.config.layers[1].class_name = 'Lambda';
        }),
      /classes that TensorFlow\.js does not know: Lambda\./,
    ],
    [
      'a class of a prototype',
      () =>
        withJson(small, (json: Json) => {
          json.modelTopology.config.layers[1].class_name = 'constructor';
        }),
      /does not know: constructor\./,
    ],
    [
      'a layer with a memory',
      () =>
        withJson(small, (json: Json) => {
          json.modelTopology.config.layers[1].config.stateful = true;
        }),
      /flat keep their states/,
    ],
    [
      'a layer that is no model',
      () =>
        withJson(small, (json: Json) => ({ ...json, modelTopology: json.modelTopology.config.layers[2] })),
      /of a layer, not of a model/,
    ],
    [
      'settings that do not fit',
      () =>
        withJson(small, (json: Json) => {
          json.modelTopology.config.layers[0].config.kernel_size = 'x';
        }),
      /TensorFlow\.js cannot use this model\.json/,
    ],
    [
      'a layer of great size, of which no initializer is said',
      () =>
        withJson(small, (json: Json) => {
          const { config } = json.modelTopology.config.layers[2];
          delete config.kernel_initializer;
          delete config.bias_initializer;
          config.units = 2 ** 30;
        }),
      /Shape mismatch/,
    ],
    [
      'layers of Keras 3',
      () =>
        withJson(small, (json: Json) => {
          const { config } = json.modelTopology.config.layers[0];
          json.modelTopology.config.layers.unshift({
            class_name: 'InputLayer',
            config: { name: 'in', batch_shape: config.batch_input_shape },
          });
        }),
      /saved by Keras 3/,
    ],
    ['layers in a circle', () => functional([['end', 0, 0, {}]]), /layers end .* in a circle/],
    ['a layer that is not there', () => functional([['start', 0, 0, {}]]), /layers end .* not there/],
    ['a call that is not there', () => functional([['in', 1, 0, {}]]), /layers end .* not there/],
    [
      'inputs under the name that tfjs gives them',
      () => functional([['end', 0, 0, {}]], 'inboundNodes'),
      /layers end .* in a circle/,
    ],
    ['inputs that are no lists', () => functional('in'), /inputs of the layer 'end' .* no lists/],
    [
      'a layer of two names',
      () =>
        withJson(functional([['in', 0, 0, {}]]), (json: Json) => {
          json.modelTopology.config.layers[1].config.name = 'other';
        }),
      /'end' in model\.json has another name/,
    ],
    [
      'two layers of a name',
      () =>
        withJson(functional([['in', 0, 0, {}]]), (json: Json) => {
          json.modelTopology.config.layers.push(json.modelTopology.config.layers[1]);
        }),
      /Two layers in model\.json are called 'end'/,
    ],
    [
      'an unknown operation',
      () =>
        withJson(graph, (json: Json) => {
          json.modelTopology.node.at(-1).op = 'Quantum';
        }),
      /operations that TensorFlow\.js does not know: Quantum\..*tf\.registerOp/,
    ],
    [
      'an input that is no node',
      () =>
        withJson(graph, (json: Json) => {
          json.modelTopology.node.at(-1).input = ['nowhere'];
        }),
      /'Identity' in model\.json reads 'nowhere', which is no node/,
    ],
    [
      'two nodes of a name',
      () =>
        withJson(graph, (json: Json) => {
          json.modelTopology.node.push(json.modelTopology.node[0]);
        }),
      /Two nodes .* same name/,
    ],
    [
      'a name of a prototype',
      () =>
        withJson(graph, (json: Json) => {
          json.modelTopology.node[0].name = '__proto__';
        }),
      /At node\.0\.name/,
    ],
    [
      'a constant without numbers',
      () =>
        withJson(graph, (json: Json) => {
          json.weightsManifest = [];
        }),
      /lists no weights for/,
    ],
    [
      'an output that is no node',
      () =>
        withJson(graph, (json: Json) => {
          json.signature.outputs.result.name = 'nowhere:0';
        }),
      /signature in model\.json names 'nowhere:0'/,
    ],
    [
      'an output that is stored',
      () =>
        withJson(graph, (json: Json) => {
          json.signature.outputs.result.name = 'net/dense/bias:0';
        }),
      /is a stored tensor/,
    ],
    [
      'no outputs',
      () =>
        withJson(graph, (json: Json) => {
          json.signature = {};
          json.modelTopology.node = [];
        }),
      /has no outputs/,
    ],
  ];
  it.each(broken)('%s', async (_, files, message) => {
    const before = tf.memory();
    const given = await files();
    await expect(loadTensorModel(given)).rejects.toThrow(CheckpointError);
    await expect(loadTensorModel(given)).rejects.toThrow(message);
    expect(tf.memory().numTensors).toBe(before.numTensors);
    expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers);
  });
});

describe('a graph that only shows when it runs that it is broken names the node', () => {
  const float = { T: { type: 'DT_FLOAT' } };
  const broken: [what: string, nodes: object[], message: RegExp][] = [
    ['too few inputs', [{ name: 'a', op: 'MatMul', input: ['x'], attr: float }], /node 'a' \(MatMul\)/],
    [
      'an output that a node lacks',
      [
        { name: 'a', op: 'Relu', input: ['x'], attr: float },
        { name: 'b', op: 'Relu', input: ['a:3'], attr: float },
      ],
      /node 'a' \(Relu\) of the graph has no output 3/,
    ],
    [
      'an output that an input lacks',
      [{ name: 'a', op: 'Relu', input: ['x:5'], attr: float }],
      /node 'a' reads 'x:5', but 'x' is an input/,
    ],
    [
      'a circle without a loop',
      [
        { name: 'a', op: 'AddV2', input: ['x', 'b'], attr: float },
        { name: 'b', op: 'AddV2', input: ['a', 'x'], attr: float },
      ],
      /nodes a, b .* read from each other in a circle/,
    ],
    [
      'a node that reads itself',
      [{ name: 'a', op: 'AddV2', input: ['x', 'a'], attr: float }],
      /nodes a .* circle/,
    ],
  ];
  it.each(broken)('%s', async (_, nodes, message) => {
    const before = tf.memory().numTensors;
    const placeholder = { name: 'x', op: 'Placeholder', attr: { dtype: { type: 'DT_FLOAT' } } };
    const signature = { outputs: { y: { name: `${(nodes.at(-1) as { name: string }).name}:0` } } };
    const given = graphFiles([placeholder, ...(nodes as Record<string, unknown>[])], {}, { signature });
    const x = tf.ones([1, 2]);
    const run = async () => {
      const model = await loadTensorModel(given);
      try {
        await PatchableGraph.create(model, [x] as never);
      } finally {
        model.dispose();
      }
    };
    await expect(run()).rejects.toThrow(CheckpointError);
    await expect(run()).rejects.toThrow(message);
    x.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

/** What stands where something else was expected. */
const ODD: readonly unknown[] = [null, -1, 2 ** 40, '', 'x', [], {}, true, [[1]]];

describe.each([
  ['a layers model', () => small],
  ['a graph model', () => graph],
  ['a graph model with a loop', () => loopGraph()],
])('[S3] %s with any part of its model.json replaced', (_, files) => {
  it('is loaded, or refused with a typed error', async () => {
    const [jsonFile, weights] = files() as [File, File];
    const text = await jsonFile.text();
    const before = tf.memory().numTensors;
    const outcomes = { loaded: 0, refused: 0 };
    const paths: Path[] = leavesOf(JSON.parse(text));
    for (const [index, path] of paths.entries()) {
      // Each part in turn gets another odd value, so that all are tried in many places.
      for (const odd of [ODD[index % ODD.length], ODD[(index * 5 + 2) % ODD.length]]) {
        const json = JSON.stringify(put(JSON.parse(text), path, odd));
        try {
          (await loadTensorModel([new File([json], 'model.json'), weights])).dispose();
          outcomes.loaded += 1;
        } catch (error) {
          if (!(error instanceof PatchbayError))
            throw new Error(`${path.join('.')} = ${JSON.stringify(odd)}`, { cause: error });
          outcomes.refused += 1;
        }
        if (tf.memory().numTensors !== before)
          throw new Error(`${path.join('.')} = ${JSON.stringify(odd)} leaks`);
      }
    }
    expect(outcomes.loaded).toBeGreaterThan(0);
    expect(outcomes.refused).toBeGreaterThan(paths.length / 2);
  });
});

it('[R4] stops when asked to, with nothing left', async () => {
  for (const files of [small, graph]) {
    const before = tf.memory().numTensors;
    const abort = new AbortController();
    const loading = loadPretrained(files, { signal: abort.signal, task: 'tensors' });
    abort.abort(new Error('enough'));
    await expect(loading).rejects.toThrow('enough');
    expect(tf.memory().numTensors).toBe(before);
  }
});

it('reads a layers model of an early converter, which names no format', async () => {
  const model = await loadTensorModel(await withJson(small, ({ format: _, ...json }) => json));
  expect([...model.stateDict().keys()]).toEqual(['conv.kernel', 'conv.bias', 'end.kernel', 'end.bias']);
  model.dispose();
});

it('reads quantised weights as what they stand for', async () => {
  const shape = [2, 2];
  const files = [
    { dtype: 'uint8', scale: 0.5, min: -1, bytes: new Uint8Array([0, 1, 2, 3]) },
    { dtype: 'uint16', scale: 0.5, min: -1, bytes: new Uint8Array(new Uint16Array([0, 1, 2, 3]).buffer) },
    { dtype: 'float16', bytes: new Uint8Array(new Uint16Array([0xbc00, 0xb800, 0, 0x3800]).buffer) },
  ].map(({ bytes: stored, ...quantization }) => {
    const weights = [{ name: 'w', shape, dtype: 'float32', quantization }];
    const node = [
      { name: 'x', op: 'Placeholder', attr: { dtype: { type: 1 } } },
      { name: 'w', op: 'Const', attr: { dtype: { type: 1 } } },
      { name: 'y', op: 'MatMul', input: ['x', 'w'], attr: { T: { type: 1 } } },
    ];
    const json = {
      format: 'graph-model',
      modelTopology: { node, versions: {} },
      weightsManifest: [{ paths: ['w.bin'], weights }],
    };
    return [new File([JSON.stringify(json)], 'model.json'), new File([stored], 'w.bin')];
  });
  for (const given of files) {
    const model = await loadTensorModel(given);
    expect(Array.from((model.stateDict().get('w') as tf.Variable).dataSync())).toEqual([-1, -0.5, 0, 0.5]);
    model.dispose();
  }
});
