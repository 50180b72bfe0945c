import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Op, op, pickled, tensor } from '../../../test/support/torch-file.js';
import { zipFile } from '../../../test/support/zip-file.js';
import { CheckpointError } from '../../errors.js';
import type { PartOptions, SourceFile } from '../checkpoint-files.js';
import { readSafetensors } from '../safetensors.js';
import { TorchStream } from './torch-stream.js';

const golden = (name: string) => new Uint8Array(readFileSync(`packages/core/test/golden/torch/${name}`));

class TestFile implements SourceFile {
  readonly name = 'pytorch_model.bin';
  readonly cached = 0;
  readonly size = null;
  readonly asked: (number | undefined)[] = [];
  isForgotten = false;

  constructor(
    private readonly bytes: Uint8Array<ArrayBuffer>,
    private readonly step = 1000,
  ) {}

  async *parts({ end = this.bytes.length, ...options }: PartOptions = {}) {
    this.asked.push(options.onBytes === undefined ? end : undefined);
    const last = Math.min(end, this.bytes.length);
    for (let at = 0; at < last; at += this.step)
      yield this.bytes.subarray(at, Math.min(last, at + this.step));
  }

  close() {}

  async forget() {
    this.isForgotten = true;
  }
}

/** All floating-point tensors that are wanted, put together from their parts. No writer may stay open. */
async function readAll(
  file: SourceFile,
  { goOn = true, isWanted = (_: string): boolean => true } = {},
): Promise<Record<string, Float32Array>> {
  const stream = await TorchStream.open(file, goOn, {});
  const read: Record<string, Float32Array> = {};
  let open = 0;
  const reading = stream.read(({ name, shape, dtype }) => {
    if (!dtype.includes('F') || !isWanted(name)) return null;
    const values: number[] = [];
    open += 1;
    return {
      write: (part) => void values.push(...part),
      end() {
        open -= 1;
        expect(values.length, name).toBe(shape.reduce((size, each) => size * each, 1));
        read[name] = Float32Array.from(values);
      },
      abort() {
        open -= 1;
      },
    };
  }, {});
  await reading.finally(() => expect(open).toBe(0));
  return read;
}

async function failureOf(file: TestFile): Promise<CheckpointError> {
  const error = await readAll(file).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(CheckpointError);
  return error as CheckpointError;
}

const NUMBERS = Float32Array.of(1, 2, 3, 4, 5, 6);
const bytesOf = (values: ArrayBufferView) => new Uint8Array(values.buffer);
const numbers = bytesOf(NUMBERS);
const text = (value: string) => new TextEncoder().encode(value);
const weights = (...items: Op[]) => pickled(op.dict(...items));
const w = (...of: Parameters<typeof tensor>) => weights(op.text('w'), tensor(...of));

describe('what torch has written', () => {
  const expected = [...readSafetensors(golden('views.safetensors'))];

  it.each([
    [true, 1000],
    [false, 1000],
    [true, 1],
    [true, 2 ** 20],
  ])(
    'tensors that lie in their storages in every way (going on at once: %s, %i bytes at a time)',
    async (goOn, step) => {
      const file = new TestFile(golden('views.bin'), step);
      const read = await readAll(file, { goOn });
      expect(Object.keys(read).sort()).toEqual(expected.map(([name]) => name).sort());
      for (const [name, { values }] of expected) expect(read[name], name).toEqual(values);
      expect(file.asked).toHaveLength(goOn ? 1 : 2);
    },
  );

  it('another program may have packed it anew', async () => {
    const read = await readAll(new TestFile(golden('repacked.bin')));
    for (const [name, { values }] of expected) expect(read[name], name).toEqual(values);
  });

  it('names, types and shapes are known before the numbers', async () => {
    const stream = await TorchStream.open(new TestFile(golden('views.bin')), false, {});
    const shapes = Object.fromEntries(
      stream.entries.map(({ name, dtype, shape }) => [name, [dtype, ...shape]]),
    );
    expect(shapes).toMatchObject({
      transposed: ['F32', 6, 4],
      one: ['F32'],
      none: ['F32', 0, 6],
      double: ['F64', 2, 3],
      long: ['I64', 3],
      mask: ['BOOL', 2],
      byte: ['U8', 1],
      short: ['I16', 1],
      tiny: ['I8', 1],
    });
  });

  it('what is not wanted is passed over, also beside what is', async () => {
    const read = await readAll(new TestFile(golden('views.bin')), { isWanted: (name) => name === 'columns' });
    expect(Object.keys(read)).toEqual(['columns']);
    expect(read.columns).toEqual(expected.find(([name]) => name === 'columns')?.[1].values);
  });
});

describe('other layouts', () => {
  const pickle = weights(
    op.text('a'),
    tensor({ key: '2', size: 6, shape: [2, 3], strides: [3, 1] }),
    op.text('b'),
    tensor({ key: '10', size: 2, shape: [2], strides: [1] }),
  );
  const [a, b] = [numbers, bytesOf(Float32Array.of(7, 8))];
  const others = [['x/version', text('3\n')]] as const;
  const inOrder = [['x/data.pkl', pickle], ['x/data/2', a], ['x/data/10', b], ...others] as const;

  it.each([
    ['sizes after the bytes', inOrder, {}],
    ['sizes of 8 bytes after the bytes', inOrder, { sizes: 'after, long' }],
    ['sizes before the bytes', inOrder, { sizes: 'before' }],
    ['sizes of 8 bytes before the bytes', inOrder, { sizes: 'before, long' }],
    ['padding', inOrder, { padding: 63 }],
    ['no checksums', inOrder, { noChecksums: true }],
    ['torch 1.4: the version first', [...others, ...inOrder.slice(0, 3)], {}],
    [
      'storages ordered by name, and newer records',
      [
        ['x/data.pkl', pickle],
        ['x/.format_version', text('1')],
        ['x/byteorder', text('little')],
        ['x/data/10', b],
        ['x/data/2', a],
        ['x/.data/serialization_id', text('0123')],
      ],
      {},
    ],
  ] as const)('%s', async (_, records, layout) => {
    expect(await readAll(new TestFile(await zipFile(records, layout)))).toEqual({
      a: NUMBERS,
      b: Float32Array.of(7, 8),
    });
  });

  it('a pickle longer than expected is fetched in full', async () => {
    const long = weights(op.text('w'), tensor(), ...[op.text('x'.repeat(300_000)), tensor()]);
    const bytes = await zipFile([
      ['x/data.pkl', long],
      ['x/data/0', numbers],
    ]);
    const file = new TestFile(bytes, 2 ** 16);
    expect((await readAll(file, { goOn: false })).w).toEqual(NUMBERS);
    expect(file.asked).toHaveLength(3);
  });
});

describe('what is refused', () => {
  it.each([
    ['legacy.bin', /format before torch 1\.6.*model\.safetensors, such as 'refs\/pr\/1'/],
    ['protocol-4.bin', /pickled by protocol 4; 2,/],
    ['wrapped.bin', /a dictionary at 'state_dict'.*torch\.save\(torch\.load\(file\)\['state_dict'\]/],
    ['tensor.bin', /holds one tensor; a plain state dict/],
    ['complex.bin', /type torch\.ComplexFloatStorage; torch\.FloatStorage, torch\.HalfStorage/],
    ['module.bin', /holds code that is not run: 'torch\.nn\.modules\.linear\.Linear'/],
  ])('%s by torch', async (name, message) => {
    const file = new TestFile(golden(name));
    expect((await failureOf(file)).message).toMatch(message);
    expect(file.isForgotten).toBe(true);
  });

  const good = w();
  it.each<[what: string, pickle: Uint8Array, message: RegExp]>([
    [
      'a call of the system',
      weights(op.text('w'), op.call(op.global('os', 'system'), op.text('id'))),
      /code that is not run: 'os\.system'/,
    ],
    [
      'a call of what is data',
      weights(op.text('w'), op.call(op.global('torch', 'FloatStorage'))),
      /calls torch\.FloatStorage/,
    ],
    ['a call of a text', weights(op.text('w'), op.call(op.text('call'))), /calls what is no function/],
    [
      'a storage with two types',
      weights(op.text('a'), tensor(), op.text('b'), tensor({ type: 'IntStorage' })),
      /storage '0' is described in two ways/,
    ],
    ['a storage of a negative size', w({ size: -6 }), /storage in it is described in no known way/],
    [
      'another persistent id',
      weights(op.text('w'), op.persistent(op.text('module'))),
      /storage in it is described/,
    ],
    [
      'a tensor beyond its storage',
      w({ offset: 1 }),
      /\[2, 3\] with strides \[3, 1\] from 1 on is not within its 6 numbers/,
    ],
    ['a tensor with huge strides', w({ strides: [2 ** 30, 2 ** 30] }), /is not within its 6 numbers/],
    ['a tensor of negative strides', w({ strides: [-3, 1] }), /tensor in it is described in no known way/],
    ['a tensor with too few strides', w({ strides: [1] }), /is not within/],
    [
      'a tensor of more numbers than there are',
      w({ shape: [2 ** 30, 2 ** 30], strides: [0, 0] }),
      /is not within/,
    ],
    [
      'a negated tensor',
      w({}, op.dict(op.text('neg'), op.true)),
      /tensor in it is described in no known way/,
    ],
    ['no state dict', pickled(op.list(tensor())), /holds a list; a plain state dict/],
    ['a number', weights(op.text('epoch'), op.int(3)), /holds 3 at 'epoch'/],
    ['keys that are no names', weights(op.int(3), tensor()), /with 3 as a key/],
    ['fewer numbers than it says', w({ size: 7 }), /record 'x\/data\/0' does not end where it should/],
  ])('%s', async (_, pickle, message) => {
    const file = await zipFile([
      ['x/data.pkl', pickle],
      ['x/data/0', numbers],
    ]);
    expect((await failureOf(new TestFile(file))).message).toMatch(message);
  });

  it.each<[what: string, records: (readonly [string, Uint8Array])[], message: RegExp]>([
    ['no pickle', [['x/version', text('3')]], /has no data\.pkl/],
    ['numbers that are missing', [['x/data.pkl', good]], /lacks the record 'data\/0'/],
    [
      'numbers that are there twice',
      [
        ['x/data.pkl', good],
        ['x/data/0', numbers],
        ['x/data/0', numbers],
      ],
      /or it is there twice/,
    ],
    [
      'numbers of nothing',
      [
        ['x/data.pkl', good],
        ['x/data/1', numbers],
      ],
      /nothing tells what its record 'x\/data\/1' is/,
    ],
    [
      'too many numbers',
      [
        ['x/data.pkl', good],
        ['x/data/0', new Uint8Array(28)],
      ],
      /data\/0' does not end where it should/,
    ],
    [
      'numbers first, as in TorchScript',
      [
        ['x/data/0', numbers],
        ['x/data.pkl', good],
      ],
      /numbers before its data\.pkl/,
    ],
    [
      'big-endian numbers',
      [
        ['x/data.pkl', good],
        ['x/byteorder', text('big')],
        ['x/data/0', numbers],
      ],
      /big-endian/,
    ],
    [
      'a long record',
      [
        ['x/data.pkl', good],
        ['x/notes', new Uint8Array(10 ** 6)],
        ['x/data/0', numbers],
      ],
      /'x\/notes' of the PyTorch file has more than/,
    ],
    [
      'a long pickle',
      [['x/data.pkl', new Uint8Array(5 * 2 ** 20)]],
      /'x\/data\.pkl' of the PyTorch file has more than the 4194304 bytes/,
    ],
  ])('%s', async (_, records, message) => {
    for (const sizes of ['after', 'before'] as const) {
      const file = new TestFile(await zipFile(records, { sizes }), 2 ** 16);
      const found = (await failureOf(file)).message;
      if (sizes === 'after' || !message.source.includes('does not end')) expect(found).toMatch(message);
      else expect(found).toMatch(/has 28 bytes where 24 were expected/);
    }
  });

  it('records that are compressed', async () => {
    const file = await zipFile([
      ['x/data.pkl', good],
      ['x/data/0', numbers],
    ]);
    file[8] = 8;
    expect((await failureOf(new TestFile(file))).message).toMatch(
      /'x\/data\.pkl' of the PyTorch file is compressed/,
    );
  });

  it.each([
    ['no file at all', new Uint8Array(0)],
    ['a page', text('<html>')],
  ])('%s', async (_, bytes) => {
    expect((await failureOf(new TestFile(bytes))).message).toMatch(
      /begins like nothing that torch\.save writes/,
    );
  });
});

describe('damage', () => {
  const stateDict = pickled(op.dict(op.text('a'), tensor(), op.text('b'), tensor({ strides: [1, 2] })));
  const records = [
    ['x/data.pkl', stateDict],
    ['x/data/0', numbers],
    ['x/version', text('3')],
  ] as const;
  const right = { a: NUMBERS, b: Float32Array.of(1, 3, 5, 2, 4, 6) };

  /** The file with every bit changed, one at a time, and what comes of each. */
  async function* damaged(file: Uint8Array): AsyncGenerator<unknown, void> {
    for (let bit = 0; bit < file.length * 8; bit += 1) {
      const copy = Uint8Array.from(file);
      copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit % 8));
      yield await readAll(new TestFile(copy)).catch((error: unknown) => error);
    }
  }

  it('a file that is cut anywhere is refused', async () => {
    const made = await zipFile(records);
    for (let length = 0; length < made.length; length += 1)
      await failureOf(new TestFile(made.slice(0, length)));
    const file = golden('views.bin');
    for (let length = 0; length < file.length; length += 41)
      await failureOf(new TestFile(file.slice(0, length)));
  });

  it('with a bit that is changed, the numbers are right or the file is refused', async () => {
    let refused = 0;
    for await (const result of damaged(await zipFile(records))) {
      if (result instanceof CheckpointError) refused += 1;
      else expect(result).toEqual(right);
    }
    expect(refused).toBeGreaterThan(1000);
  });

  it('without checksums, a changed bit is at least no other error', async () => {
    for await (const result of damaged(await zipFile(records.slice(0, 2), { noChecksums: true })))
      if (result instanceof Error) expect(result).toBeInstanceOf(CheckpointError);
  });
});
