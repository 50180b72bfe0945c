import type { ModelInfo, Token } from '@patchbay/core/client';
import { visibleToken } from '../prompt/token-text.js';

/** What the axes of a node's tensor mean, as far as its name and rank tell; else `axis 0`, `axis 1`, …. */
export type AxisNamer = (path: string, shape: readonly number[]) => string[];

const attentionMaps = ['pattern', 'scores'];
const perHead = ['q', 'k', 'v', 'z'];
const alongTokens = ['position', 'query', 'key'];
const planes: readonly (readonly [row: string, column: string])[] = [
  ['query', 'key'],
  ['height', 'width'],
];

/** Names the axes in a model of one kind; without a model those that are the same in all. */
export function axisNamer(info: Pick<ModelInfo, 'input' | 'layout'> | null): AxisNamer {
  if (info === null) return (path, shape) => attentionAxes(path, shape) ?? numbered(shape);
  const own = ownNamer(info);
  return (path, shape) => attentionAxes(path, shape) ?? own(lastPart(path), shape, path) ?? numbered(shape);
}

type OwnNamer = (name: string, shape: readonly number[], path: string) => string[] | null;

function ownNamer({ input, layout }: Pick<ModelInfo, 'input' | 'layout'>): OwnNamer {
  if (input.kind === 'text') return textAxes;
  return layout === 'channels-last' ? channelsLastAxes : channelsFirstAxes;
}

function attentionAxes(path: string, shape: readonly number[]): string[] | null {
  if (shape.length !== 4) return null;
  const name = lastPart(path);
  if (attentionMaps.includes(name)) return ['batch', 'head', 'query', 'key'];
  return perHead.includes(name) ? ['batch', 'head', 'position', 'dimension'] : null;
}

function textAxes(name: string, { length: rank }: readonly number[]): string[] | null {
  if (rank === 3) return ['batch', 'position', name === 'logits' ? 'token id' : 'feature'];
  if (rank === 2 && name === 'mask') return ['query', 'key'];
  if (rank === 2 && name === 'inputIds') return ['batch', 'position'];
  return null;
}

function channelsLastAxes(name: string, { length: rank }: readonly number[], path: string): string[] | null {
  if (/kernel/i.test(name))
    return { 4: ['height', 'width', 'input', 'output'], 2: ['input', 'output'] }[rank] ?? null;
  if (rank === 4) return ['batch', 'height', 'width', 'channel'];
  return rank === 2 ? ['batch', path === 'output' ? 'class' : 'feature'] : null;
}

function channelsFirstAxes(name: string, { length: rank }: readonly number[]): string[] | null {
  if (name === 'weight')
    return { 4: ['output', 'input', 'height', 'width'], 2: ['output', 'input'] }[rank] ?? null;
  if (rank === 4) return ['batch', 'channel', 'height', 'width'];
  if (rank === 3) return ['batch', 'position', 'feature'];
  return rank === 2 ? ['batch', name === 'logits' ? 'class' : 'feature'] : null;
}

function numbered(shape: readonly number[]): string[] {
  return shape.map((_, axis) => `axis ${axis}`);
}

/** The two axes to show at first: of images height by width; null leaves it to the engine, which takes the last two. */
export function firstAxes(names: readonly string[]): [row: number, column: number] | null {
  const row = names.indexOf('height');
  const column = names.indexOf('width');
  return row < 0 || column < 0 ? null : [row, column];
}

/** Whether two axes are of the same kind, so that cells should be as high as wide. */
export function isSquarePlane(rowName: string, columnName: string): boolean {
  return planes.some(([row, column]) => row === rowName && column === columnName);
}

/** Whether a node holds probabilities of attention, which lie between 0 and 1. */
export function isPattern(path: string): boolean {
  return lastPart(path) === 'pattern';
}

/** Texts along an axis: tokens where it runs over the prompt, else indices. */
export function axisTexts(name: string, size: number, tokens: readonly Token[]): string[] {
  const hasTokens = alongTokens.includes(name) && tokens.length === size;
  return Array.from({ length: size }, (_, at) =>
    hasTokens ? visibleToken(tokens[at]?.text ?? '') : String(at),
  );
}

/** An axis and a place on it in words: `query 3 “ John”`, `head 1`. */
export function describePlace(name: string, size: number, at: number, tokens: readonly Token[]): string {
  const hasTokens = alongTokens.includes(name) && tokens.length === size;
  return hasTokens ? `${name} ${at} “${visibleToken(tokens[at]?.text ?? '')}”` : `${name} ${at}`;
}

/** All axes with their lengths: `batch 1 · head 4 · query 14 · key 14`. */
export function describeAxes(names: readonly string[], shape: readonly number[]): string {
  return names
    .map((name, axis) => (name.startsWith('axis') ? `${shape[axis]}` : `${name} ${shape[axis]}`))
    .join(' · ');
}

function lastPart(path: string): string {
  return path.split(/[.|]/).at(-1) ?? '';
}
