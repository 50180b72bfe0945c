import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from './support/backend.js';
import {
  attempt,
  type Document,
  documentOf,
  expectRefused,
  smallFile,
  withText,
} from './support/hostile-files.js';
import { type Path, put } from './support/json-paths.js';

let bytes: Uint8Array;

beforeAll(async () => {
  await useBackend();
  bytes = await smallFile();
});

describe('[S3] bombs', () => {
  const DEPTH = 1e5;
  /** The text in which a part is replaced by other text. */
  async function withPart(path: Path, part: string): Promise<Uint8Array> {
    return withText(
      JSON.stringify(put(documentOf(bytes), path, '@@')).replace('"@@"', () => part),
      bytes,
    );
  }
  const nest = (open: string, middle: string, close: string) =>
    open.repeat(DEPTH) + middle + close.repeat(DEPTH);

  it.each([
    ['lists in an argument', ['graphs', 0, 'inputs', 0], nest('[', '', ']')],
    ['objects in an argument', ['graphs', 0, 'inputs', 0], nest('{"object":{"a":', '0', '}}')],
    ['lists in a result', ['graphs', 0, 'output'], nest('[', '', ']')],
    [
      'calls inside of opaque modules',
      ['graphs', 0, 'steps', 0],
      nest(
        '{"opaque":"odd","inputs":[],"parameters":[],"output":[],"calls":[{"module":"odd","inputs":[],"output":[],"steps":[',
        '',
        ']}]}',
      ),
    ],
    [
      'nodes',
      ['graphs', 0, 'root', 'children', 0],
      nest('{"name":"a","type":"a","callee":"a","children":[', '', ']}'),
    ],
    ['settings', ['settings', 0, 'axis'], nest('[', '', ']')],
    ['lists around all', [], nest('[', '', ']')],
    ['lists that do not end', [], '['.repeat(DEPTH)],
  ])('%s, %#', async (_, path, part) => {
    await expectRefused(withPart(path as Path, part), /levels deep/);
  });

  it('modules in modules, by reference', async () => {
    const chain = documentOf(bytes);
    const first = chain.objects.length;
    const link = (row: (next: number) => unknown) =>
      Array.from({ length: DEPTH }, (_, i) => row(first + i + 1) as Document['objects'][0]);
    chain.objects[0]?.properties.push(['bomb', { object: first }]);
    const rest = chain.objects.slice();
    for (const links of [
      link((next) => ({ class: 0, properties: [['a', { object: next }]] })),
      link((next) => ({ items: [{ object: next }] })),
    ]) {
      chain.objects = [...rest, ...links, { items: [] } as never];
      await expectRefused(withText(JSON.stringify(chain), bytes), /nest over 100 deep/);
    }
  });

  it.each([
    [
      'modules',
      (next: number) => ({
        class: 0,
        properties: [
          ['a', { object: next }],
          ['b', { object: next }],
        ],
      }),
    ],
    ['arrays', (next: number) => ({ items: [{ object: next }, { object: next }] })],
    [
      'objects',
      (next: number) => ({
        entries: [
          ['a', { object: next }],
          ['b', { object: next }],
        ],
      }),
    ],
  ])('%s with 2⁴⁰ names', async (_, level) => {
    const bomb = documentOf(bytes);
    const first = bomb.objects.length;
    for (let i = 0; i < 40; i += 1) bomb.objects.push(level(first + i + 1) as never);
    bomb.objects.push({ items: [] } as never);
    bomb.objects[0]?.properties.push(['bomb', { object: first }]);
    await expectRefused(withText(JSON.stringify(bomb), bytes), /over \d+/);
  });

  it('modules that all hold each other', async () => {
    const bomb = documentOf(bytes);
    const first = bomb.objects.length;
    const all = Array.from({ length: 30 }, (_, i) => [`m${i}`, { object: first + i }]);
    for (let i = 0; i < 30; i += 1) bomb.objects.push({ class: 0, properties: all } as never);
    bomb.objects[0]?.properties.push(['bomb', { object: first }]);
    await expectRefused(withText(JSON.stringify(bomb), bytes), /over \d+/);
  });

  it('a module that holds itself is fine', async () => {
    const loop = documentOf(bytes);
    loop.objects[0]?.properties.push(['self', { object: 0 }]);
    expect(await attempt(await withText(JSON.stringify(loop), bytes))).toBe('ran');
  });

  it('names that make paths and code explode', async () => {
    const long = documentOf(bytes);
    const name = 'a'.repeat(1e6);
    const leaf = (i: number) => ({ name: `n${i}`, kind: 'op', value: 0 });
    const output = { name: 'output', kind: 'output', value: 0 };
    const many = [...Array.from({ length: 1000 }, (_, i) => leaf(i)), output];
    long.graphs[0].root.children.unshift({ name, type: '', callee: '', children: many } as never);
    await expectRefused(withText(JSON.stringify(long), bytes), /node paths .* have over/);
    const alike = documentOf(bytes);
    const odd = Array.from({ length: 1000 }, (_, i) => ({
      ...leaf(i),
      name: `a${'+-'[i % 2]}${'+-*/'[i % 4]}${i}`.replace(
        /\d/g,
        (digit) => '!"#$%&/()='[Number(digit)] ?? '',
      ),
    }));
    const distinct = [...new Map(odd.map((each) => [each.name, each])).values()];
    alike.graphs[0].root.children.unshift(...(distinct as never[]));
    await expectRefused(withText(JSON.stringify(alike), bytes), /differ from .* in special characters only/);
  });

  it('large settings that many nodes or steps share', async () => {
    const shown = documentOf(bytes);
    shown.settings.push({ text: 'a'.repeat(1e6) });
    const node = (i: number) => ({
      name: `n${i}`,
      kind: 'op',
      value: 0,
      op: 'add',
      settings: shown.settings.length - 1,
    });
    shown.graphs[0].root.children.unshift(...Array.from({ length: 1000 }, (_, i) => node(i)));
    await expectRefused(withText(JSON.stringify(shown), bytes), /shown settings have over/);

    const used = documentOf(bytes);
    const [graph] = used.graphs;
    used.settings.push({ shape: new Array(1e5).fill(1), value: 0, dtype: 'float32' });
    for (let i = 0; i < 1e4; i += 1) {
      const value = graph.values.push(0) - 1;
      graph.steps.push({ kernel: 'Fill', inputs: {}, attrs: used.settings.length - 1, outputs: [value] });
    }
    await expectRefused(withText(JSON.stringify(used), bytes), /Fill\): its setting 'shape' is no list/);
  });

  it('one tensor under 100,000 names in a row', async () => {
    const chain = documentOf(bytes);
    const [graph] = chain.graphs;
    const first = graph.values.length;
    for (let i = 0; i < DEPTH; i += 1) {
      graph.values.push(graph.values[0] as number);
      graph.steps.push({ from: i === 0 ? 0 : first + i - 1, to: first + i });
    }
    await expectRefused(withText(JSON.stringify(chain), bytes), /over 2000 names in a row/);
  });

  it('a million of everything', async () => {
    const lists = ['tensors', 'classes', 'objects', 'sources', 'infos', 'settings', 'graphs'];
    for (const list of lists) {
      for (const row of ['0', '{}', '[]', '""', 'null']) {
        const file = await withPart([list], `[${`${row},`.repeat(3e5)}${row}]`);
        expect(await attempt(file), `${list} of ${row}`).toBe('refused');
      }
    }
  });
});
