/** Bytes of operations of a pickle, the last of which leaves one value. */
export type Op = readonly number[];

const letters = (text: string) => [...new TextEncoder().encode(text)];
const uint32 = (value: number) => [...new Uint8Array(Uint32Array.of(value).buffer)];

/** Pieces of pickles as Python's protocol 2 has them. */
export const op = {
  text: (value: string): Op => [0x58, ...uint32(letters(value).length), ...letters(value)],
  int: (value: number): Op => (value >= 0 && value < 256 ? [0x4b, value] : [0x4a, ...uint32(value)]),
  /** An integer of 8 bytes. */
  long: (value: bigint): Op => [0x8a, 8, ...new Uint8Array(BigInt64Array.of(value).buffer)],
  true: [0x88] as Op,
  false: [0x89] as Op,
  tuple: (...items: Op[]): Op => [...letters('('), ...items.flat(), ...letters('t')],
  list: (...items: Op[]): Op => [...letters(']('), ...items.flat(), ...letters('e')],
  dict: (...items: Op[]): Op => [...letters('}('), ...items.flat(), ...letters('u')],
  global: (module: string, name: string): Op => letters(`c${module}\n${name}\n`),
  call: (what: Op, ...args: Op[]): Op => [...what, ...op.tuple(...args), ...letters('R')],
  persistent: (id: Op): Op => [...id, ...letters('Q')],
};

export const orderedDict = op.call(op.global('collections', 'OrderedDict'));

/** A tensor as a pickle has it. */
export interface PickledTensor {
  key?: string;
  type?: string;
  /** Numbers of the storage. */
  size?: number;
  offset?: number;
  shape?: readonly number[];
  strides?: readonly number[];
}

const ints = (values: readonly number[]) => op.tuple(...values.map(op.int));

function storage({ key = '0', type = 'FloatStorage', size = 6 }: PickledTensor): Op {
  const id = [op.text('storage'), op.global('torch', type), op.text(key), op.text('cpu'), op.int(size)];
  return op.persistent(op.tuple(...id));
}

export function tensor(of: PickledTensor = {}, ...more: Op[]): Op {
  const { offset = 0, shape = [2, 3], strides = [3, 1] } = of;
  const args = [storage(of), op.int(offset), ints(shape), ints(strides), op.false, orderedDict];
  return op.call(op.global('torch._utils', '_rebuild_tensor_v2'), ...args, ...more);
}

/** A whole pickle. */
export function pickled(value: Op): Uint8Array {
  return Uint8Array.from([0x80, 2, ...value, 0x2e]);
}
