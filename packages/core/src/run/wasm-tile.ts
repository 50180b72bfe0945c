import * as tf from '@tensorflow/tfjs';

/** The parts of tfjs's WebAssembly backend that are used; its class is known only where it is loaded. */
interface Backend {
  readonly wasm: { readonly HEAPU8: Uint8Array };
  readonly dataIdMap: { get(dataId: tf.DataId): { readonly memoryOffset: number } };
  makeOutput(shape: number[], dtype: tf.DataType): tf.TensorInfo;
}

/**
 * `Tile` for the WebAssembly backend by copying parts as long as possible: tfjs computes the place of each number, which for
 * the mask of attention scores took a third of a pass over 256 tokens.
 */
export const tile: tf.KernelFunc = ({ inputs, backend: current, attrs }) => {
  const { x } = inputs as { x: tf.TensorInfo };
  const { reps } = attrs as { reps: number[] };
  const backend = current as unknown as Backend;
  const out = backend.makeOutput(
    x.shape.map((length, axis) => length * (reps[axis] as number)),
    x.dtype,
  );
  if (tf.util.sizeFromShape(out.shape) === 0) return out;
  const address = ({ dataId }: tf.TensorInfo) => backend.dataIdMap.get(dataId).memoryOffset;
  const { HEAPU8: heap } = backend.wasm;
  const width = tf.util.bytesPerElement(x.dtype);
  /** Writes the part at `from` that has the axes from `axis` on; returns how long the tiled part is. */
  const write = (axis: number, from: number, to: number): number => {
    const length = width * tf.util.sizeFromShape(x.shape.slice(axis));
    if (reps.slice(axis).every((times) => times === 1)) {
      heap.copyWithin(to, from, from + length);
      return length;
    }
    const count = x.shape[axis] as number;
    let written = 0;
    for (let i = 0; i < count; i += 1) written += write(axis + 1, from + (i * length) / count, to + written);
    return repeat(heap, to, written, reps[axis] as number);
  };
  write(0, address(x), address(out));
  return out;
};

/** Repeats what lies at an address behind itself, doubling what is copied; returns the length in all. */
function repeat(heap: Uint8Array, address: number, length: number, times: number): number {
  const whole = length * times;
  for (let done = length; done < whole; done *= 2) {
    heap.copyWithin(address + done, address, address + Math.min(done, whole - done));
  }
  return whole;
}
