import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { NodePathError } from '../../src/errors.js';
import { ModuleDict } from '../../src/module/containers.js';
import { Module } from '../../src/module/module.js';
import { named, parameter } from '../../src/module/tensors.js';
import { Linear } from '../../src/nn/linear.js';
import { ZeroPatch } from '../../src/patch/patches.js';
import { isNodePath, type NodePath } from '../../src/patchable/node-path.js';
import { PatchableGraph } from '../../src/patchable/patchable-graph.js';
import { useBackend } from '../support/backend.js';
import { counting, ToyModel, ToyZoo } from '../support/toy-models.js';

beforeAll(useBackend);

const toy = () => new PatchableGraph(new ToyModel(), [counting(3, 2) as tf.Tensor2D]);
const zoo = () => new PatchableGraph(new ToyZoo(), [counting(3, 2) as tf.Tensor2D]);

/** All names that a console finds on an object and along its prototypes. */
function completions(object: object): string[] {
  const prototype: unknown = Object.getPrototypeOf(object);
  const own = Object.getOwnPropertyNames(object);
  return prototype === null ? own : [...own, ...completions(prototype as object)];
}

describe('[G1] consoles', () => {
  it('complete the children and nothing else', () => {
    const { graph } = toy();
    expect(completions(graph)).toEqual(['x', 'linear', 'output']);
    expect(completions(graph.linear as object)).toEqual([
      'input',
      'weight',
      'bias',
      'matMul',
      'add',
      'output',
    ]);
    expect(completions(zoo().graph.output as object)).toEqual(['parts', 'nested', 'rows']);
  });

  it('need not run code to look at a child', () => {
    const { value } = Object.getOwnPropertyDescriptor(toy().graph, 'linear') ?? {};
    expect(isNodePath(value)).toBe(true);
  });

  it('call a node by what it is', () => {
    const { graph } = zoo();
    const tags = [graph, graph.x, graph.output, graph.split, graph.output?.rows];
    expect(tags.map((node) => Object.prototype.toString.call(node))).toEqual([
      '[object Graph(17)]',
      '[object Tensor(3, 2)]',
      '[object object(3)]',
      '[object array(2)]',
      '[object number]',
    ]);
  });
});

describe('[G1] a node is an ordinary object', () => {
  it('with its children as properties', async () => {
    const { graph } = toy();
    expect('linear' in graph).toBe(true);
    expect('_path' in graph).toBe(true);
    expect('liner' in graph).toBe(false);
    expect(Object.entries(graph).map(([name, node]) => [name, node._path])).toEqual([
      ['x', 'x'],
      ['linear', 'linear'],
      ['output', 'output'],
    ]);
    const looped: string[] = [];
    for (const name in graph) looped.push(name);
    expect(looped).toEqual(['x', 'linear', 'output']);
    expect({ ...graph }.linear).toBe(graph.linear);
    expect(JSON.stringify(graph.linear)).toBe(
      '{"input":{},"weight":{},"bias":{},"matMul":{},"add":{},"output":{}}',
    );
    expect(structuredClone(graph)).toEqual(JSON.parse(JSON.stringify(graph)));
    expect(await graph).toBe(graph);
    expect(Object.hasOwn(graph, 'x') && Object.hasOwn(graph, 'x')).toBe(true);
  });

  it('that stays the same and cannot be changed', () => {
    const pg = toy();
    const { graph } = pg;
    expect(pg.graph).toBe(graph);
    expect(pg.graph.linear).toBe(graph.linear);
    const writable = graph as unknown as Record<string, unknown>;
    for (const name of ['linear', 'other', '_path'])
      expect(() => Object.assign(writable, { [name]: 1 })).toThrow(TypeError);
    expect(() => delete writable.linear).toThrow(TypeError);
  });

  it('that tests can compare', () => {
    const [{ graph }, { graph: other }] = [toy(), toy()];
    expect(graph).toEqual(other);
    expect(graph).not.toEqual(zoo().graph);
    expect(graph.linear).toMatchObject({ _path: 'linear', _shape: null, weight: { _shape: [3, 2] } });
    expect(() => expect(graph).toEqual({ x: 1 })).toThrow('to deeply equal { x: 1 }');
  });
});

it('[G1] children may be called like properties that all objects have', async () => {
  const names = [
    'toString',
    'constructor',
    'then',
    '__proto__',
    'toJSON',
    'valueOf',
    'hasOwnProperty',
    'length',
  ];
  class Names extends Module {
    forward(x: tf.Tensor): Record<string, tf.Tensor> {
      return Object.fromEntries(names.map((name, i) => [name, x.add(i)]));
    }
  }
  const pg = new PatchableGraph(new Names(), [counting(2)]);
  const output = pg.graph.output as NodePath;
  expect(Object.keys(output)).toEqual(names);
  expect(Object.values(output).map(({ _path }) => _path)).toEqual(names.map((name) => `output|${name}`));
  expect(String(output).split('\n').slice(1)).toEqual(
    names.map((name, i) => `${i === names.length - 1 ? '└─' : '├─'}${name}: Tensor(2)`),
  );
  expect(`${output}`).toBe(String(output));
  expect(await output).toBe(output);
  expect(JSON.parse(JSON.stringify(output))).toEqual(Object.fromEntries(names.map((name) => [name, {}])));
  const proto = Object.getOwnPropertyDescriptor(output, '__proto__')?.value as NodePath;
  const patched = pg.patch(new Map([[proto, new ZeroPatch()]])).apply(counting(2));
  const [zero] = Object.entries(patched).flatMap(([name, tensor]) => (name === '__proto__' ? [tensor] : []));
  expect(await zero?.array()).toEqual([0, 0]);
});

describe('[G1] wrong names', () => {
  class Stack extends Module {
    static override readonly inputs = ['x'];
    readonly h = [new Linear(2, 2), new Linear(2, 2), new Linear(2, 2)];
    forward(x: tf.Tensor): tf.Tensor {
      return this.h.reduce((value, layer) => layer.apply(value), x);
    }
  }
  const graph = () => new PatchableGraph(new Stack(), [counting(1, 2)]).graph;

  it.each([
    ['h_3', "The root has no 'h_3'. Close to it: h_2, h_1, h_0."],
    ['h.0', "The root has no 'h.0'. Close to it: h_0, h_1, h_2."],
    ['H_1', "The root has no 'H_1'. Close to it: h_1, h_0, h_2."],
    ['h', "The root has no 'h'. Close to it: h_0, h_1, h_2."],
    ['ouput', "The root has no 'ouput'. Close to it: output."],
    ['shape', "The root has no 'shape'. Close to it: _shape."],
    ['_dtyp', "The root has no '_dtyp'. Close to it: _dtype."],
  ])('%s', (name, message) => {
    expect(() => graph()[name]).toThrow(NodePathError);
    expect(() => graph()[name]).toThrow(message);
  });

  it('say where they are wrong', () => {
    expect(() => graph().h_1?.wieght).toThrow("'h_1' has no 'wieght'. Close to it: weight.");
    expect(() => zoo().graph.output?.parts?.sub_2).toThrow(
      "'output|parts' has no 'sub_2'. Close to it: sub_1, sub_0.",
    );
  });

  it('that are like none are undefined, as is what tools ask any object for', () => {
    for (const name of ['somethingElse', 'then', 'toJSON', 'length', '$$typeof', 'nodeType'])
      expect(graph()[name]).toBeUndefined();
    expect(Reflect.get(graph(), Symbol.iterator)).toBeUndefined();
    expect(isNodePath(Object.create(graph()))).toBe(false);
  });
});

describe('[G3] compiled code', () => {
  it('shows modules, several results, explicit names and parts', () => {
    expect(zoo().graph._code).toBe(`function ToyZoo(x) {
  const offset = this.offset;
  const layers_0 = this.layers[0].apply(x);
  const layers_1 = this.layers[1].apply(x);
  const stack = tf.stack([layers_0, layers_1], { axis: 0 });
  const twice = tf.mul(stack, 2);
  const add = tf.add(twice, offset);
  const split = tf.split(add, { numOrSizeSplits: [1, 2], axis: 2 });
  const greater = tf.greater(twice, 40);
  const zerosLike = tf.zerosLike(twice);
  const masked = tf.where(greater, twice, zerosLike);
  const shared_0 = this.shared.apply(x);
  const shared_1 = this.shared.apply(x);
  const add_1 = tf.add(shared_0, shared_1);
  const shared_weight = this.shared.weight;
  const matMul = tf.matMul(x, shared_weight, { transposeB: true });
  return { parts: [split[0], split[1]], nested: { masked, again: add_1, tied: matMul }, rows: 3 };
}`);
  });

  class Inner extends Module {
    static override readonly inputs = ['x', 'options'];
    readonly 'a-w' = parameter(tf.tensor1d([1, 2]));
    constructor(private readonly outside: () => tf.Tensor) {
      super();
    }
    forward(x: tf.Tensor, options: { 'the-scale': tf.Tensor; list: (tf.Tensor | null)[] }) {
      const [first] = options.list;
      return { 'the sum': x.mul(options['the-scale']).add(first ?? 0), w: this['a-w'].add(this.outside()) };
    }
  }

  class Strange extends Module {
    static override readonly inputs = ['class', 'a-b', '2'];
    private hidden: tf.Tensor | null = null;
    readonly tf = parameter(tf.tensor1d([3, 4]));
    readonly dict = new ModuleDict({
      'q-proj': new Inner(() => this.hidden as tf.Tensor),
      3: new Linear(2, 2),
    });
    forward(x: tf.Tensor, y: tf.Tensor, n: number) {
      this.hidden = named('const', x.add([5, 6]).mul(1e-5));
      const options = { 'the-scale': y, list: [tf.scalar(2, 'int32'), null] };
      const inner = (this.dict['q-proj'] as Inner).apply(x, options);
      const last = (this.dict[3] as Linear).apply(inner['the sum'].reshape([1, -1]));
      return { last, w: inner.w.add(this.tf), n, text: "it's", none: null, inf: -Infinity, 'not-a': NaN };
    }
  }
  const strange = () => new PatchableGraph(new Strange(), [counting(2), counting(2), 7]).graph;

  it('makes valid names, literals and property access', () => {
    expect(
      strange()._code.replace(/constants\[\d+\]/, 'constants[n]'),
    ).toBe(`function Strange(class_, a_b, _2) {
  const tf_ = this.tf;
  const add = tf.add(class_, constants[n]);
  const const_ = tf.mul(add, 0.00001);
  const constant = tf.scalar(2, 'int32');
  const dict_q_proj = this.dict['q-proj'].apply(class_, { 'the-scale': a_b, list: [constant, null] });
  const reshape = tf.reshape(dict_q_proj['the sum'], { shape: [1, -1] });
  const dict_3 = this.dict[3].apply(reshape);
  const add_1 = tf.add(dict_q_proj.w, tf_);
  return { last: dict_3, w: add_1, n: 7, text: 'it\\'s', none: null, inf: -Infinity, 'not-a': NaN };
}`);
  });

  it('reads what other modules made from the graph', () => {
    const inner = strange()['dict_q-proj'];
    expect(inner?._code.split('\n').slice(-7).join('\n')).toBe(`function Inner(x, options) {
  const a_w = this['a-w'];
  const mul = tf.mul(x, options['the-scale']);
  const add = tf.add(mul, options.list[0]);
  const add_1 = tf.add(a_w, graph.const);
  return { 'the sum': add, w: add_1 };
}`);
  });

  it('reads attributes where they are used', () => {
    class Scaled extends Module {
      readonly factor = 2.5;
      forward(x: tf.Tensor): tf.Tensor {
        return x.neg().mul(this.factor);
      }
    }
    expect(new PatchableGraph(new Scaled(), [counting(2)]).graph._code).toBe(`function Scaled(input) {
  const neg = tf.neg(input);
  const factor = this.factor;
  const mul = tf.mul(neg, 2.5);
  return mul;
}`);
  });

  it('is that of its node for a part, and says what inputs are', () => {
    const { graph } = zoo();
    expect(graph.output?.nested?.tied?._code).toBe(graph.output?._code);
    expect(graph.output?._code).toMatch(/^return \{ parts: \[split\[0\]/);
    expect(graph.split?.sub_1?._code).toBe(graph.split?._code);
    expect(graph.x?._code).toBe('// An argument of ToyZoo.forward');
    expect(graph.layers_0?.input?._code).toMatch(/^\/\/ An argument of ToyLinear\.forward\n/);
    expect(graph.offset?._code).toBe('const offset = this.offset;');
    expect(graph.shared_weight?._code).toBe('const shared_weight = this.shared.weight;');
  });

  it('of an opaque module says so, and is whole for what it calls', () => {
    const example: [tf.Tensor2D] = [counting(3, 2) as tf.Tensor2D];
    const { graph } = new PatchableGraph(new ToyZoo(), example, { classesToSkipCompiling: [ToyZoo] });
    expect(graph._code).toBe('function ToyZoo(x) {\n  // Runs as written: it cannot be recorded.\n}');
    expect(graph.output?._code).toBe('// Made by ToyZoo.forward, which runs as written.');
    expect(graph.layers_1?._code).toContain('const add = tf.add(matMul, bias);\n  return add;\n}');
  });
});
