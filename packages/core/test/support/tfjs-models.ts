import * as tf from '@tensorflow/tfjs';
import { loadPretrained } from '../../src/load/load-pretrained.js';
import type { TensorModel } from '../../src/models/tensor-model.js';

type Json = Readonly<Record<string, unknown>>;

/** A weight of a graph: its numbers or texts. */
export type GraphWeight = { readonly shape: number[]; readonly values: number[] } & {
  readonly dtype?: 'float32' | 'int32';
};

/** The files that tfjs writes for a layers model, with more in its model.json. */
export async function layersFiles(model: tf.LayersModel, more: Json = {}): Promise<File[]> {
  let files: File[] = [];
  const handler = tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData }) => {
    files = modelFiles(
      'layers-model',
      modelTopology as Json,
      weightSpecs ?? [],
      weightData as ArrayBuffer,
      more,
    );
    return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
  });
  await model.save(handler);
  return files;
}

/** The files of a graph model. Its nodes with weights are `Const`. */
export function graphFiles(
  nodes: readonly Json[],
  weights: Readonly<Record<string, GraphWeight>>,
  more: Json = {},
  topology: Json = {},
): File[] {
  const specs = Object.entries(weights).map(([name, { shape, dtype = 'float32' }]) => ({
    name,
    shape,
    dtype,
  }));
  const arrays = Object.values(weights).map(({ values, dtype = 'float32' }) =>
    dtype === 'float32' ? new Float32Array(values) : new Int32Array(values),
  );
  const types = { float32: 'DT_FLOAT', int32: 'DT_INT32' };
  const constants = specs.map(({ name, dtype }) => ({
    name,
    op: 'Const',
    attr: { dtype: { type: types[dtype] } },
  }));
  const bytes = new Uint8Array(arrays.flatMap((array) => [...new Uint8Array(array.buffer)]));
  const whole = { node: [...constants, ...nodes], versions: {}, ...topology };
  return modelFiles('graph-model', whole, specs, bytes.buffer, more);
}

function modelFiles(
  format: string,
  modelTopology: Json,
  weights: readonly tf.io.WeightsManifestEntry[],
  data: ArrayBuffer,
  more: Json,
): File[] {
  const weightsManifest = [{ paths: ['weights.bin'], weights }];
  const json = JSON.stringify({ format, modelTopology, weightsManifest, ...more });
  return [new File([json], 'model.json'), new File([data], 'weights.bin')];
}

/** The files with another model.json. */
export async function withJson(
  files: readonly File[],
  change: (json: Record<string, unknown>) => unknown,
): Promise<File[]> {
  const [json, weights] = files as [File, File];
  const value = JSON.parse(await json.text()) as Record<string, unknown>;
  return [new File([JSON.stringify(change(value) ?? value)], 'model.json'), weights];
}

/** tfjs's own model of the files of a graph model. */
export async function referenceGraph(files: readonly File[]): Promise<tf.GraphModel> {
  const artifacts = await artifactsOf(files);
  return tf.loadGraphModel({ load: async () => artifacts });
}

/** tfjs's own model of the files of a layers model. */
export async function referenceLayers(files: readonly File[]): Promise<tf.LayersModel> {
  const artifacts = await artifactsOf(files);
  return tf.loadLayersModel({ load: async () => artifacts });
}

/** What tfjs's own graph model computes. On a GPU it reads shapes from small tensors, which then have to be on the host. */
export async function byReference<T>(compute: () => T | Promise<T>): Promise<T> {
  if (tf.getBackend() !== 'webgpu') return compute();
  tf.env().set('WEBGPU_CPU_FORWARD', true);
  try {
    return await compute();
  } finally {
    tf.env().set('WEBGPU_CPU_FORWARD', false);
  }
}

async function artifactsOf([jsonFile, ...shards]: readonly File[]): Promise<tf.io.ModelArtifacts> {
  const json = JSON.parse(await (jsonFile as File).text()) as tf.io.ModelJSON;
  const weightData = await new Blob(shards).arrayBuffer();
  const weightSpecs = json.weightsManifest.flatMap(({ weights }) => weights);
  return { ...json, weightSpecs, weightData } as tf.io.ModelArtifacts;
}

/** The model of files, which belongs to the caller. */
export async function loadTensorModel(source: string | URL | readonly File[]): Promise<TensorModel> {
  return (await loadPretrained(source, { task: 'tensors' })).model;
}

/** The largest difference between the tensors of two results; infinite where their shapes differ. */
export async function mostDifferent(actual: unknown, expected: unknown): Promise<number> {
  const [left, right] = [tensorsOf(actual), tensorsOf(expected)];
  if (left.length !== right.length) return Number.POSITIVE_INFINITY;
  let most = 0;
  for (const [index, tensor] of left.entries()) {
    const other = right[index] as tf.Tensor;
    if (!tf.util.arraysEqual(tensor.shape, other.shape)) return Number.POSITIVE_INFINITY;
    const [a, b] = [await tensor.data(), await other.data()];
    for (const [i, value] of a.entries()) most = Math.max(most, Math.abs(value - (b[i] as number)));
  }
  return most;
}

function tensorsOf(value: unknown): tf.Tensor[] {
  return value instanceof tf.Tensor ? [value] : Object.values(value as Record<string, tf.Tensor>);
}
