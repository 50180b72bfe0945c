import * as tf from '@tensorflow/tfjs';
import { it } from 'vitest';
import { PatchableGraph } from '../src/patchable/patchable-graph.js';
import { plainGraph } from './support/tfjs-graphs.js';
import { layersFiles, loadTensorModel } from './support/tfjs-models.js';
it('code', async () => {
  await tf.setBackend('cpu');
  const model = await loadTensorModel(plainGraph());
  const x = tf.tensor2d([[1, 2, 3]]);
  const graph = new PatchableGraph(model, [x]);
  for (const path of ['net.dense.Relu', 'net.gate.split', 'net.dense', 'net.dense.bias', 'output']) console.log(path, '\n', (path.split('.').reduce((n: any, k) => n[k], graph.graph))._code);
  const m2 = await loadTensorModel(await layersFiles(tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3], name: 'd', activation: 'relu' })] })));
  const g2 = new PatchableGraph(m2, [x]);
  console.log((g2.graph as any).d.fusedMatMul._code); console.log((g2.graph as any).d._code);
  try { const g = tf.grad((t) => (g2.apply(t) as tf.Tensor).sum())(x); g.print(); } catch (e) { console.log('grad', (e as Error).message); }
});
