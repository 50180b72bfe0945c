import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Op, op, orderedDict, pickled, tensor } from '../../../test/support/torch-file.js';
import { CheckpointError } from '../../errors.js';
import { readStateDict } from './state-dict.js';

const names = (pickle: Uint8Array) => readStateDict(pickle).entries.map(({ name }) => name);
const letter = (text: string) => text.charCodeAt(0);
const weight: Op = [...op.text('w'), ...tensor()];

it('the attributes that torch gives ordered dictionaries are left out', () => {
  const filled: Op = [...orderedDict, letter('('), ...weight, letter('u')];
  const attributes = op.dict(
    op.text('_metadata'),
    op.dict(op.text(''), op.dict(op.text('version'), op.int(1))),
  );
  expect(names(pickled([...filled, ...attributes, letter('b')]))).toEqual(['w']);
});

it('tensors of one storage share it, also below different names', () => {
  const { entries, storages } = readStateDict(
    pickled(op.dict(...['a', 'b'].map((name) => [...op.text(name), ...tensor()]))),
  );
  expect(storages.size).toBe(1);
  expect(entries[0]?.tensor.storage).toBe(entries[1]?.tensor.storage);
});

it('what a pickle changes after a tensor was made does not change the tensor', () => {
  const shape: Op = [letter(']'), letter('q'), 9, letter('('), ...op.int(2), ...op.int(3), letter('e')];
  const args = [...tensor().slice(0, tensor().indexOf(letter('Q')) + 1), ...op.int(0), ...shape];
  const made: Op = [
    ...args,
    ...op.tuple(op.int(3), op.int(1)),
    ...op.false,
    ...orderedDict,
    letter('t'),
    letter('R'),
  ];
  const kept: Op = [letter('h'), 9, ...op.int(1000), letter('a')];
  const listed = pickled([
    ...op.text('w'),
    ...made,
    letter('q'),
    8,
    ...kept,
    ...op.dict(op.text('w'), [letter('h'), 8]),
  ]);
  expect(readStateDict(listed).entries[0]?.shape).toEqual([2, 3]);
});

it.each<[what: string, value: Op, message: RegExp]>([
  [
    'an operation of pickle that is not known',
    [letter('i')],
    /operation 0x69, which no plain state dict needs/,
  ],
  ['a value that is not there', [letter('q'), 0], /takes a value that is not there/],
  ['a value below a mark', [...op.int(1), letter('('), 0x85], /takes a value that is not there/],
  ['a mark that is not there', [letter('t')], /has no mark/],
  ['a memory that is not there', [letter('h'), 7], /has no value 7/],
  [
    'what fills no dictionary',
    [...op.int(1), letter('('), ...op.int(1), ...op.int(1), letter('u')],
    /fills what is no dictionary/,
  ],
  [
    'a key without a value',
    [letter('}'), letter('('), ...op.int(1), letter('u')],
    /fills what is no dictionary/,
  ],
  ['what fills no list', [...op.int(1), ...op.int(1), letter('a')], /fills what is no list/],
  [
    'attributes of a number',
    [...op.int(1), ...op.int(1), letter('b')],
    /sets attributes of what is no dictionary/,
  ],
  [
    'an ordered dictionary of something',
    op.call(op.global('collections', 'OrderedDict'), op.list()),
    /ordered dictionary in it is made in no known way/,
  ],
  [
    'a parameter of something',
    op.call(op.global('torch._utils', '_rebuild_parameter'), op.int(1)),
    /parameter in it is no tensor/,
  ],
  ['a text longer than the pickle', [letter('X'), 255, 255, 255, 255], /data\.pkl ends too early/],
  ['a text that is none', [letter('X'), 1, 0, 0, 0, 0xff], /no\W+UTF-8|not UTF-8/],
  [
    'a name without an end',
    [letter('c'), ...new Array<number>(5000).fill(letter('a'))],
    /name in it has no end/,
  ],
  ['an integer that is not exact', op.long(2n ** 60n), /integer of 8 bytes/],
  ['an integer of 200 bytes', [0x8a, 200, ...new Array<number>(200).fill(1)], /integer of 200 bytes/],
  ['a global named like a method', op.global('', 'toString'), /code that is not run: '\.toString'/],
])('%s', (_, value, message) => {
  expect(() => readStateDict(pickled(value))).toThrow(CheckpointError);
  expect(() => readStateDict(pickled(value))).toThrow(message);
});

it('lists within lists do no harm, a million deep', () => {
  const deep = [
    ...new Array<number>(2 ** 20).fill(letter(']')),
    ...new Array<number>(2 ** 20 - 1).fill(letter('a')),
  ];
  expect(() => readStateDict(Uint8Array.from([0x80, 2, ...deep, letter('.')]))).toThrow('holds a list');
});

it('a long list is no shape, however often it is named', () => {
  const kept = (index: number): Op => [letter('h'), index];
  const ones = new Array<Op>(500_000).fill(op.int(1)).flat();
  const long: Op = [letter('('), ...ones, letter('t'), letter('q'), 7];
  const rebuilt = op.global('torch._utils', '_rebuild_tensor_v2');
  const storage = tensor().slice(rebuilt.length + 1, tensor().indexOf(letter('Q')) + 1);
  const again = op.call(rebuilt, storage, op.int(0), kept(7), kept(7), op.false, orderedDict);
  expect(() => names(pickled([...long, ...op.list(again)]))).toThrow(
    'a tensor in it is described in no known way',
  );
});

it('pickles of random operations are read or refused in words', () => {
  const codes = [...'(NJKMGX)t]ae}suqrhjcQRb.'].map(letter);
  const piece = fc.oneof(
    fc.constantFrom(...codes, 0x80, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a).map((code) => [code]),
    fc.constantFrom<Op>(op.text('storage'), op.int(1), orderedDict, tensor(), weight, op.list(), op.dict()),
    fc.uint8Array({ maxLength: 3 }).map((bytes) => [...bytes]),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      try {
        readStateDict(pickled(pieces.flat()));
      } catch (error) {
        expect(error).toBeInstanceOf(CheckpointError);
      }
    }),
    { numRuns: 5000 },
  );
});
