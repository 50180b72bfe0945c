import { formatBytes } from '../base/format.js';

/** How far bytes have come; `rate` in bytes a second. */
export interface Progress {
  loaded: number;
  /** 0 while it is unknown. */
  total: number;
  rate: number;
  secondsLeft: number | null;
}

/** `3.2 MB/s`. */
function formatRate(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`;
}

/** `a few seconds left`, `about 40 s left`, `about 3 min left`, `about 1 h 20 min left`. */
export function formatTimeLeft(seconds: number): string {
  if (seconds < 5) return 'a few seconds left';
  const tens = Math.ceil(seconds / 5) * 5;
  if (tens < 60) return `about ${tens} s left`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `about ${minutes} min left`;
  const rounded = Math.round(seconds / 600) * 10;
  const rest = rounded % 60;
  return `about ${Math.floor(rounded / 60)} h${rest === 0 ? '' : ` ${rest} min`} left`;
}

/** `12 MB of 498 MB · 3.2 MB/s · about 3 min left`, as far as it is known. */
export function describeProgress({ loaded, total, rate, secondsLeft }: Progress): string {
  const parts = [total > 0 ? `${formatBytes(loaded)} of ${formatBytes(total)}` : formatBytes(loaded)];
  if (rate > 0) parts.push(formatRate(rate));
  if (secondsLeft !== null && loaded < total) parts.push(formatTimeLeft(secondsLeft));
  return parts.join(' · ');
}

/** Whole per cent, or null while the total is unknown. 100 only when everything is there. */
export function percentOf({ loaded, total }: Pick<Progress, 'loaded' | 'total'>): number | null {
  return total > 0 ? Math.floor((loaded / total) * 100) : null;
}

/** What a screen reader is told: it changes with every tenth only, so that it can be heard. */
export function spokenProgress(title: string, progress: Pick<Progress, 'loaded' | 'total'> | null): string {
  const percent = progress && percentOf(progress);
  if (percent === null) return `Downloading ${title}.`;
  return `Downloading ${title}: ${Math.floor(percent / 10) * 10} %.`;
}
