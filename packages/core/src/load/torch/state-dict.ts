import { CheckpointError } from '../../errors.js';
import type { StoredType } from '../safetensors-header.js';
import type { WeightEntry } from '../weight-stream.js';
import { broken } from './broken.js';
import { TorchStorage, TorchTensor } from './torch-tensor.js';
import { type Global, unpickle } from './unpickle.js';

/** A tensor of a state dict. */
export interface TorchEntry extends WeightEntry {
  readonly tensor: TorchTensor;
}

/** What a file's pickle says. */
export interface StateDict {
  readonly entries: readonly TorchEntry[];
  /** All storages by their keys. */
  readonly storages: ReadonlyMap<string, TorchStorage>;
}

/** The most axes that torch's tensors have. */
const MOST_AXES = 64;

/** The names of storages after the type of their numbers. */
const STORAGES: Readonly<Record<string, StoredType>> = {
  'torch.FloatStorage': 'F32',
  'torch.HalfStorage': 'F16',
  'torch.BFloat16Storage': 'BF16',
  'torch.DoubleStorage': 'F64',
  'torch.IntStorage': 'I32',
  'torch.LongStorage': 'I64',
  'torch.ShortStorage': 'I16',
  'torch.CharStorage': 'I8',
  'torch.ByteStorage': 'U8',
  'torch.BoolStorage': 'BOOL',
};

/** What stands for the functions that state dicts call. Source: `Tensor.__reduce_ex__` of torch. */
const FUNCTIONS: Readonly<Record<string, NonNullable<Global['call']>>> = {
  'collections.OrderedDict': orderedDict,
  'torch._utils._rebuild_tensor_v2': rebuiltTensor,
  'torch._utils._rebuild_parameter': rebuiltParameter,
};

/**
 * Reads the pickle of a state dict. Nothing in it runs.
 * @throws CheckpointError for what is broken, and for what is no plain state dict
 */
export function readStateDict(pickle: Uint8Array): StateDict {
  const storages = new Map<string, TorchStorage>();
  const value = unpickle(pickle, { global: globalOf, persistent: (id) => storageOf(id, storages) });
  if (!(value instanceof Map))
    throw new CheckpointError(`The PyTorch file holds ${kindOf(value)}; a plain state dict is supported.`);
  return { entries: [...value].map(([name, tensor]) => entryOf(name, tensor)), storages };
}

function globalOf(name: string): Global {
  const call = Object.hasOwn(FUNCTIONS, name) ? (FUNCTIONS[name] as Global['call']) : null;
  if (call !== null || Object.hasOwn(STORAGES, name)) return { name, call };
  if (/^torch\.\w+Storage$/.test(name)) {
    throw new CheckpointError(
      `The PyTorch file has numbers of the type ${name}; ${Object.keys(STORAGES).join(', ')} are supported.`,
    );
  }
  throw new CheckpointError(
    `The PyTorch file holds code that is not run: '${name}'. A plain state dict, as torch.save(model.state_dict(), …) writes it, needs none of its own.`,
  );
}

/** The storage that a persistent id stands for: `('storage', type, key, location, size)`. */
function storageOf(id: unknown, storages: Map<string, TorchStorage>): TorchStorage {
  const [what, type, key, , size] = Array.isArray(id) ? id : [];
  const dtype = STORAGES[(type as Global | null | undefined)?.name ?? ''];
  if (what !== 'storage' || dtype === undefined || typeof key !== 'string' || !isSize(size))
    throw broken('a storage in it is described in no known way');
  const known = storages.get(key);
  if (known !== undefined && (known.dtype !== dtype || known.size !== size))
    throw broken(`its storage '${key}' is described in two ways`);
  const storage = known ?? new TorchStorage(key, dtype, size);
  storages.set(key, storage);
  return storage;
}

function orderedDict(args: readonly unknown[]): unknown {
  if (args.length > 0) throw broken('an ordered dictionary in it is made in no known way');
  return new Map();
}

/** Arguments: storage, offset, shape, strides, whether gradients are wanted, hooks. */
function rebuiltTensor(args: readonly unknown[]): unknown {
  const [storage, offset, shape, strides] = args;
  // A seventh one says that the numbers are conjugated or negated.
  const isKnown = args.length === 6 && storage instanceof TorchStorage;
  if (!isKnown || !isSize(offset) || !isSizes(shape) || !isSizes(strides))
    throw broken('a tensor in it is described in no known way');
  return new TorchTensor(storage, offset, shape, strides);
}

/** Arguments: the tensor, whether gradients are wanted, hooks. */
function rebuiltParameter([tensor]: readonly unknown[]): unknown {
  if (!(tensor instanceof TorchTensor)) throw broken('a parameter in it is no tensor');
  return tensor;
}

function entryOf(name: unknown, tensor: unknown): TorchEntry {
  if (typeof name !== 'string')
    throw new CheckpointError(
      `The PyTorch file holds a dictionary with ${kindOf(name)} as a key, no state dict.`,
    );
  if (tensor instanceof TorchTensor)
    return { name, dtype: tensor.storage.dtype, shape: tensor.shape, tensor };
  const advice =
    tensor instanceof Map ? ` Save what is in it by itself: torch.save(torch.load(file)['${name}'], …).` : '';
  throw new CheckpointError(
    `The PyTorch file holds ${kindOf(tensor)} at '${name}'; a plain state dict, which holds tensors only, is supported.${advice}`,
  );
}

function kindOf(value: unknown): string {
  if (value instanceof Map) return 'a dictionary';
  if (value instanceof TorchTensor) return 'one tensor';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'string' ? 'a text' : String(value);
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Long lists are no shapes; a pickle could name one again and again, and have it copied each time. */
function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.length <= MOST_AXES && value.every(isSize);
}
