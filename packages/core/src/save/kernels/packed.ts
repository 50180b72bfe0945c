import { PER_WORD, wordsPerRow } from '../../kernels/packing.js';
import { checkRank, type KernelCall, type Outcome, one, type Rule, sizeAt } from './call.js';

function dequantize(call: KernelCall): Outcome {
  const packed = call.input('packed');
  const [scale, indices] = [call.optional('scale'), call.optional('indices')];
  const columns = call.whole('columns', 1);
  checkRank(packed, 2, 'packed input');
  if (
    packed.dtype !== 'int32' ||
    (scale?.dtype ?? 'float32') !== 'float32' ||
    (indices?.dtype ?? 'int32') !== 'int32'
  )
    throw new Error('its inputs are of other types than int32 words, float32 scales and int32 indices');
  const rows = sizeAt(packed, 0);
  const kind = scale === null ? 'f16' : 'int8';
  if (sizeAt(packed, 1) !== wordsPerRow({ kind, columns, channels: 'rows' }))
    throw new Error(
      `its rows have ${sizeAt(packed, 1)} words for ${columns} columns, ${PER_WORD[kind]} to a word`,
    );
  const shapes = [`${rows},1`, `1,${columns}`];
  if (scale !== null && !shapes.includes(scale.shape.join()))
    throw new Error(`its scale has the shape [${scale.shape.join(', ')}]`);
  return one([...(indices?.shape ?? [rows]), columns], ['float32']);
}

/** Our own kernels, for packed weights. */
export const PACKED: Readonly<Record<string, Rule>> = { Dequantize: dequantize };
