import { type CacheContents, type CacheListing, HUB, type ModelSource } from '@patchbay/core/client';
import { formatBytes } from '../base/format.js';

/** The source that opens a kept model again: the very commit that is kept, or its address. */
export function sourceOfKept({ name, revision }: CacheListing): ModelSource {
  if (/^https?:\/\//.test(name)) return { kind: 'url', url: name };
  const [owner, model, ...folder] = name.split('/');
  if (folder.length === 0) return { kind: 'hub', id: name, revision };
  return { kind: 'url', url: `${HUB}/${owner}/${model}/tree/${revision}/${folder.join('/')}` };
}

/** `a1b2c3d · complete · used today`. */
export function describeKept({ revision, complete, lastUsed }: CacheListing, now: Date): string {
  const parts = revision === null ? [] : [revision.slice(0, 7)];
  return [...parts, complete ? 'complete' : 'in part', `used ${describeDay(lastUsed, now)}`].join(' · ');
}

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const dayLength = 86_400_000;

/** `today`, `yesterday`, `12 days ago`, `3 months ago`. */
export function describeDay(day: Date, now: Date): string {
  const start = (date: Date) => new Date(date).setHours(0, 0, 0, 0);
  const days = Math.round((start(day) - start(now)) / dayLength);
  if (days > -60) return relative.format(days, 'day');
  return days > -700
    ? relative.format(Math.round(days / 30), 'month')
    : relative.format(Math.round(days / 365), 'year');
}

/** What all downloads take, and what the browser has left for them. */
export function describeRoom({ models, storage }: CacheContents): string {
  const total = formatBytes(models.reduce((sum, { bytes }) => sum + bytes, 0));
  const left = storage === null ? '' : ` The browser has ${formatBytes(storage.free)} left for this page.`;
  return models.length === 0 ? left.trim() : `Together ${total}.${left}`;
}
