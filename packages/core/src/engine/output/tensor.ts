import * as tf from '@tensorflow/tfjs';
import { changeOf } from '../../analysis/change.js';
import type { Entry } from '../../graph/paths.js';
import type { OutputPart } from '../protocol.js';
import type { OutputReader, OutputValue } from './reader.js';

/** Every tensor of the output, whatever it stands for. */
export const tensorOutput: OutputReader = {
  read: (run) =>
    Promise.all(
      tensorPaths(run.index.byPath.get('output')).map(async (path) => ({
        path,
        ...(await run.read(path)),
      })),
    ),
  compare: (clean, patched) => ({ kind: 'tensor', parts: clean.map((part) => comparePart(part, patched)) }),
};

function comparePart(
  { path, shape, dtype, values }: OutputValue,
  patched: readonly OutputValue[],
): OutputPart {
  const other = patched.find((each) => each.path === path);
  const isComparable = other !== undefined && tf.util.arraysEqual([...shape], [...other.shape]);
  return {
    path,
    shape: [...shape],
    dtype,
    change: isComparable ? changeOf(values, other.values) : null,
  };
}

function tensorPaths(entry: Entry | undefined): string[] {
  if (entry === undefined) return [];
  return entry.structure?.kind === 'tensor' ? [entry.path] : entry.children.flatMap(tensorPaths);
}
