import { type RefObject, useLayoutEffect, useRef } from 'react';

export type PatchAction = 'up' | 'down' | 'duplicate' | 'delete';

interface PatchFocus {
  list: RefObject<HTMLOListElement | null>;
  /** Says where the focus belongs once the list has changed: on a button of the patch at a place. */
  focusLater(place: number, action: PatchAction): void;
}

/** Keeps the focus in the list when the button that had it is gone, disabled or elsewhere. */
export function usePatchFocus(patches: readonly unknown[]): PatchFocus {
  const list = useRef<HTMLOListElement>(null);
  const wanted = useRef<{ place: number; action: PatchAction } | null>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the list has changed
  useLayoutEffect(() => {
    const items = list.current?.children;
    if (items === undefined || wanted.current === null) return;
    const { place, action } = wanted.current;
    wanted.current = null;
    const item = items[Math.min(place, items.length - 1)] ?? list.current?.closest('section');
    const button =
      item?.querySelector<HTMLElement>(`[data-action=${action}]:enabled`) ??
      item?.querySelector<HTMLElement>('[data-action]:enabled') ??
      item?.querySelector<HTMLElement>('button:enabled');
    button?.focus();
  }, [patches]);

  return {
    list,
    focusLater(place, action) {
      wanted.current = { place, action };
    },
  };
}
