import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { useBackend } from '../support/backend.js';
import { goldenModel } from '../support/models.js';
beforeAll(useBackend);
const ids = (b: number, n: number, v = 1) => tf.fill([b, n], v, 'int32') as tf.Tensor2D;
const attempt = (what: string, f: () => any) => {
  try {
    const o = f();
    const l = (o.logits ?? o.lastHiddenState) as tf.Tensor;
    console.log(what, 'OK', l.shape, 'nan', [...l.dataSync()].some((x) => !Number.isFinite(x)));
  } catch (e) {
    console.log(what, (e as Error).constructor.name, (e as Error).message.slice(0, 140));
  }
};
it.each(['gpt2-tiny', 'gpt-neo-tiny', 'opt-tiny', 'llama-tiny', 'gpt-neox-tiny', 'gemma3-tiny'])('%s', async (name) => {
  const { model } = await goldenModel(name);
  const n = model.contextLength;
  attempt(`${name} len1`, () => model.apply(ids(1, 1)));
  attempt(`${name} len ${n}`, () => model.apply(ids(1, n)));
  attempt(`${name} len ${n + 1}`, () => model.apply(ids(1, n + 1)));
  attempt(`${name} len 0`, () => model.apply(ids(1, 0)));
  attempt(`${name} id = vocab`, () => model.apply(ids(1, 3, model.vocabularySize)));
  attempt(`${name} id = -1`, () => model.apply(ids(1, 3, -1)));
  attempt(`${name} mask [2,4] for [1,4]`, () => model.apply(ids(1, 4), ids(2, 4)));
  attempt(`${name} mask [1,4] for [2,4]`, () => model.apply(ids(2, 4), ids(1, 4)));
  attempt(`${name} mask [3,4] for [2,4]`, () => model.apply(ids(2, 4), ids(3, 4)));
  attempt(`${name} past batch`, () => {
    const { past } = model.apply(ids(2, 4), null, []);
    return model.apply(ids(1, 2), null, past);
  });
  attempt(`${name} past too few layers`, () => {
    const { past } = model.apply(ids(1, 4), null, []);
    return model.apply(ids(1, 2), null, past!.slice(1));
  });
  attempt(`${name} past to context+1`, () => {
    const { past } = model.apply(ids(1, n), null, []);
    return model.apply(ids(1, 1), null, past);
  });
  attempt(`${name} float ids`, () => model.apply(tf.zeros([1, 3]) as any));
  attempt(`${name} rank1 ids`, () => model.apply(tf.zeros([3], 'int32') as any));
  model.dispose();
});
it.each(['bert-tiny', 'distilbert-tiny'])('%s', async (name) => {
  const { model } = await goldenModel(name, 'fill-mask');
  const n = model.contextLength;
  attempt(`${name} len ${n}`, () => model.apply(ids(1, n)));
  attempt(`${name} len ${n + 1}`, () => model.apply(ids(1, n + 1)));
  attempt(`${name} types 5`, () => model.apply(ids(1, 3), null, ids(1, 3, 5)));
});
