import type { Token } from '@patchbay/core/client';
import { visibleToken } from '../prompt/token-text.js';

const attentionMaps = ['pattern', 'scores'];
const perHead = ['q', 'k', 'v', 'z'];
const alongTokens = ['position', 'query', 'key'];

/** What the axes of a node's tensor mean, as far as its name and rank tell; else `axis 0`, `axis 1`, …. */
export function axisNames(path: string, shape: readonly number[]): string[] {
  const name = lastPart(path);
  if (shape.length === 4 && attentionMaps.includes(name)) return ['batch', 'head', 'query', 'key'];
  if (shape.length === 4 && perHead.includes(name)) return ['batch', 'head', 'position', 'dimension'];
  if (shape.length === 3) return ['batch', 'position', name === 'logits' ? 'token id' : 'feature'];
  if (shape.length === 2 && name === 'mask') return ['query', 'key'];
  if (shape.length === 2 && name === 'inputIds') return ['batch', 'position'];
  return shape.map((_, axis) => `axis ${axis}`);
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
export function describeAxes(path: string, shape: readonly number[]): string {
  return axisNames(path, shape)
    .map((name, axis) => (name.startsWith('axis') ? `${shape[axis]}` : `${name} ${shape[axis]}`))
    .join(' · ');
}

function lastPart(path: string): string {
  return path.split(/[.|]/).at(-1) ?? '';
}
