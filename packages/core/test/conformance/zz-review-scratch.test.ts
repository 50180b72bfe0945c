import { readdirSync, readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { readSafetensors, type StoredTensor } from '../../src/load/safetensors.js';
import { architectureOf, buildModel } from '../../src/models/registry.js';
import { PatchableGraph } from '../../src/patchable/patchable-graph.js';
import { useBackend } from '../support/backend.js';
import { difference } from '../support/models.js';

beforeAll(useBackend);
const D = '/tmp/rev/models';
const read = (f: string) => new Map(readSafetensors(new Uint8Array(readFileSync(f))));
const T = (s: StoredTensor, dtype?: any) => tf.tensor(s.values as any, s.shape, dtype) as any;
it.each(readdirSync(D).filter((n) => n !== 'tmp'))('%s', async (name) => {
  const config = JSON.parse(readFileSync(`${D}/${name}/config.json`, 'utf8'));
  const a = architectureOf(config) as any;
  const model = buildModel(a, config) as any;
  const w = new Map();
  for (const [k, s] of read(`${D}/${name}/model.safetensors`)) {
    const own = a.keyOf(k);
    if (own !== null) w.set(own, T(s));
  }
  model.loadStateDict(w);
  const g = read(`${D}/${name}/golden.safetensors`) as any;
  const input = g.has('pixel_values') ? T(g.get('pixel_values')) : T(g.get('input_ids'), 'int32');
  const out = model.apply(input);
  const d = await difference(out.logits ?? out.lastHiddenState, g.get('logits'));
  const errs = [d];
  if (g.has('ids3')) {
    for (const dt of ['int32', 'bool', 'float32']) {
      const ids = T(g.get('ids3'), 'int32');
      const mask = T(g.get('mask3'), 'int32').cast(dt);
      const o = model.apply(ids, mask);
      errs.push(await difference(o.logits ?? o.lastHiddenState, g.get('logits3')));
      const graph = new PatchableGraph(model, [ids, mask] as any);
      const o2 = graph.apply(ids, mask) as any;
      errs.push(await difference(o2.logits ?? o2.lastHiddenState, g.get('logits3')));
    }
  }
  if (name==='gptneo') { const x=T(g.get('ids3'),'int32'),m=T(g.get('mask3'),'int32'); const o=model.apply(x,m).logits; const e=o.sub(T(g.get('logits3'))).abs().max(2); console.log(JSON.stringify(e.arraySync().map((r:any)=>r.map((v:number)=>+v.toExponential(0))))); }
  console.log(name, errs.map((e) => e.toExponential(1)).join(' '));
  expect(Math.max(...errs)).toBeLessThan(1e-4);
});
