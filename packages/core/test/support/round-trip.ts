import * as tf from '@tensorflow/tfjs';
import { expect } from 'vitest';
import type { Graph, Node } from '../../src/graph/types.js';
import type { Module } from '../../src/module/module.js';
import { AddPatch } from '../../src/patch/patches.js';
import { type LoadOptions, PatchableGraph } from '../../src/patchable/patchable-graph.js';
import { crc32 } from '../../src/save/crc32.js';

/** A graph as text without the raw stacks, which a file resolves to lines of source. Keys keep their order. */
function graphText({ root, ...rest }: Graph): string {
  const strip = (node: Node): unknown =>
    node.kind === 'graph' ? { ...node, stack: 0, children: node.children.map(strip) } : { ...node, stack: 0 };
  return exactText({ ...rest, root: strip(root) });
}

/** Data as text that tells apart what JSON does not: -0, NaN, undefined, typed arrays. */
function exactText(value: unknown): string {
  if (Object.is(value, -0)) return '-0';
  if (typeof value !== 'object' || value === null)
    return typeof value === 'string' ? JSON.stringify(value) : String(value);
  if (Array.isArray(value)) return `[${value.map(exactText).join(',')}]`;
  const entries = Object.entries(value).map(([key, each]) => `${JSON.stringify(key)}:${exactText(each)}`);
  const kind = ArrayBuffer.isView(value) ? value.constructor.name : '';
  return `${kind}{${entries.join(',')}}`;
}

/** The bits of all tensors in a result, and its scalars, in order. On WebGPU the numbers: runs differ in the last bits. */
export async function contents(value: unknown): Promise<unknown> {
  if (value instanceof tf.Tensor) return tensorContents(value);
  if (Array.isArray(value)) return Promise.all(value.map(contents));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(async ([key, each]) => [key, await contents(each)] as const);
  return Promise.all(entries);
}

async function tensorContents(tensor: tf.Tensor): Promise<unknown> {
  const { dtype, shape } = tensor;
  const values = await tensor.data();
  if (dtype === 'float32' && tf.getBackend() === 'webgpu')
    return {
      dtype,
      shape,
      values: Array.from(values as Float32Array, (each) => Number(each.toPrecision(4))),
    };
  const bytes = new Uint8Array(values.buffer.slice(values.byteOffset, values.byteOffset + values.byteLength));
  return { dtype, shape, bits: crc32(bytes) };
}

/** Both texts around the place where they begin to differ; null where they do not. */
function firstDifference(a: string, b: string): { a: string; b: string } | null {
  if (a === b) return null;
  let at = 0;
  while (a[at] === b[at]) at += 1;
  return { a: a.slice(Math.max(0, at - 100), at + 100), b: b.slice(Math.max(0, at - 100), at + 100) };
}

/** Vitest's comparison takes seconds for a megabyte. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** Runs a graph or a view of one on inputs of any type. */
export function run(graph: { apply(...inputs: never[]): unknown }, ...inputs: unknown[]): unknown {
  return graph.apply(...(inputs as never[]));
}

/** Every path with its `_code`. */
export function codes(pg: PatchableGraph): [path: string, code: string][] {
  const visit = (node: PatchableGraph['graph']): [string, string][] => [
    [node._path, node._code],
    ...Object.values(node).flatMap(visit),
  ];
  return visit(pg.graph);
}

/** Some of the paths that name float32 tensors, spread over the graph. */
function patchablePaths({ index }: PatchableGraph, count: number): string[] {
  const paths = [...index.byPath.values()]
    .filter(
      ({ structure }) =>
        structure?.kind === 'tensor' && index.graph.values[structure.value]?.dtype === 'float32',
    )
    .map(({ path }) => path);
  const step = Math.max(1, Math.floor(paths.length / count));
  return paths.filter((_, i) => i % step === 0);
}

/** The graph from its file. The caller owns it and its module. */
export async function reload(pg: PatchableGraph, options: LoadOptions = {}): Promise<PatchableGraph> {
  return PatchableGraph.load(await pg.save(), options);
}

/**
 * Saves and loads a graph and checks that nothing tells them apart (spec rule S2), that saving again gives the same
 * bytes, and that disposing frees all.
 */
export async function expectExactRoundTrip<M extends Module>(
  pg: PatchableGraph<M>,
  inputs: readonly unknown[],
  options: LoadOptions = {},
): Promise<void> {
  const bytes = await pg.save();
  const before = tf.memory().numTensors;
  const loaded = await PatchableGraph.load(bytes, options);
  const original = pg as unknown as PatchableGraph;
  expect(String(loaded.graph)).toBe(String(original.graph));
  expect(firstDifference(graphText(loaded.index.graph), graphText(original.index.graph))).toBeNull();
  expect(codes(loaded)).toEqual(codes(original));
  expect(loaded.unused).toEqual(original.unused);
  await expectSameState(loaded.module, original.module);
  expect(sameBytes(await loaded.save(), bytes), 'saved again').toBe(true);
  loaded.module.dispose();
  loaded.dispose();
  expect(tf.memory().numTensors).toBe(before);
  const again = await PatchableGraph.load(bytes, options);
  await expectSameRuns(again, original, inputs);
  again.module.dispose();
  again.dispose();
}

async function expectSameState(loaded: Module, original: Module): Promise<void> {
  const state = async (module: Module) =>
    Promise.all(
      [...module.stateDict()].map(async ([key, variable]) => [
        key,
        variable.trainable,
        await contents(variable),
      ]),
    );
  expect(await state(loaded)).toEqual(await state(original));
  expect([...loaded.namedParameters().keys()]).toEqual([...original.namedParameters().keys()]);
  const types = (module: Module) =>
    [...module.namedModules()].map(([name, each]) => [name, each.typeName, each.inputNames]);
  expect(types(loaded)).toEqual(types(original));
}

async function expectSameRuns(
  loaded: PatchableGraph,
  original: PatchableGraph,
  inputs: readonly unknown[],
): Promise<void> {
  const both = async (result: (pg: PatchableGraph) => unknown, what: string) => {
    const results: unknown[] = [await result(loaded), await result(original)];
    const [ours, reference] = await Promise.all(results.map(contents));
    expect(ours, what).toEqual(reference);
    tf.dispose(results as tf.TensorContainer);
  };
  await both((pg) => run(pg, ...inputs), 'clean');
  for (const path of patchablePaths(original, 8)) {
    await both((pg) => run(pg.patch({ [path]: new AddPatch({ value: 0.125 }) }), ...inputs), path);
  }
}
