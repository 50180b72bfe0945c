import type { LoadEvent, LoadNotice, ReadProgress } from '@patchbay/core/client';
import { describeProgress } from './progress-words.js';

/** A model that is on its way. */
export interface Loading {
  title: string;
  stage: 'download' | 'trace';
  /** Null until something is known. */
  progress: ReadProgress | null;
  /** Why nothing comes just now, or null. */
  pause: string | null;
  /** What is worth knowing when it is there. */
  notices: readonly string[];
}

export function beginLoading(title: string): Loading {
  return { title, stage: 'download', progress: null, pause: null, notices: [] };
}

/** What is known of a load after the engine told something. */
export function afterEvent(loading: Loading, event: LoadEvent): Loading {
  switch (event.kind) {
    case 'progress': {
      const { loaded, total, rate, secondsLeft } = event;
      return { ...loading, progress: { loaded, total, rate, secondsLeft }, pause: null };
    }
    case 'trace':
      return { ...loading, stage: 'trace', pause: null };
    case 'notice':
      return afterNotice(loading, event.notice);
  }
}

function afterNotice(loading: Loading, notice: LoadNotice): Loading {
  const words = describeNotice(notice);
  if (notice.kind === 'retry') return { ...loading, pause: words };
  if (loading.notices.includes(words)) return loading;
  return { ...loading, notices: [...loading.notices, words] };
}

/** A notice in the words of the page. */
export function describeNotice(notice: LoadNotice): string {
  switch (notice.kind) {
    case 'retry':
      return `${notice.reason} Trying again${inSeconds(notice.seconds)}.`;
    case 'uncached':
      return `${notice.file} is not kept for the next time: ${notice.reason}.`;
    case 'dropped':
      return `${notice.file} is fetched again: ${notice.reason}.`;
    case 'unchecked':
      return `Of ${notice.file} only the length is checked: ${notice.reason}.`;
    case 'offline':
      return `The server did not say whether ${notice.file} has changed, so what was kept of it is used.`;
    case 'weights':
      return notice.reason;
  }
}

function inSeconds(seconds: number): string {
  return seconds < 1 ? ' now' : ` in ${Math.round(seconds)} s`;
}

/** How far it is, in a few words. */
export function describeLoading({ stage, progress, pause }: Loading): string {
  if (stage === 'trace') return 'Tracing';
  if (pause !== null) return 'Waiting to try again';
  return progress === null ? 'Loading' : describeProgress(progress);
}
