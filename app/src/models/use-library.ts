import type { LibraryState, Workbench } from '@patchbay/ui';
import { useStore } from 'zustand';

/** A part of the library's state; the component renders anew when it changes. */
export function useLibrary<T>({ library }: Workbench, select: (state: LibraryState) => T): T {
  return useStore(library.state, select);
}
