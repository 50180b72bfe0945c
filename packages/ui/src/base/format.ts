import { format } from 'd3-format';

const percent = format('.1f');
const significant = format('.4~g');
const fixed = format('.3f');
const signedFixed = format('+.1f');

const notANumber = '–';

/** `98.2 %`; tiny ones as `< 0.1 %`. */
export function formatPercent(probability: number): string {
  if (Number.isNaN(probability)) return notANumber;
  if (probability > 0 && probability < 0.001) return '< 0.1 %';
  return `${percent(probability * 100)} %`;
}

/** A difference of two probabilities in percentage points, with its sign: `−69.1`. */
export function formatPoints(difference: number): string {
  if (Number.isNaN(difference)) return notANumber;
  const text = signedFixed(difference * 100);
  return /^[+−-]0\.0$/.test(text) ? '0.0' : text;
}

/** Three decimals, for logits and divergences. */
export function formatFixed(value: number): string {
  return Number.isNaN(value) ? notANumber : fixed(value);
}

/** Four significant digits, for values of any size. */
export function formatValue(value: number): string {
  return significant(value);
}

const units = ['B', 'kB', 'MB', 'GB'];

/** `12 MB`, in powers of 1000. */
export function formatBytes(bytes: number): string {
  const power = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3));
  const amount = bytes / 1000 ** power;
  return `${power > 0 && amount < 10 ? amount.toFixed(1) : Math.round(amount)} ${units[power]}`;
}

/** `7 ms`, `0.4 ms`, `1.2 s`. */
export function formatMilliseconds(milliseconds: number): string {
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return `${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`;
}

const counter = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

/** `124.4M`, for counts of any size. */
export function formatCount(count: number): string {
  return counter.format(count);
}
