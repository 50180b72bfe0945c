import { useStore } from 'zustand';
import type { Library, LibraryState } from './library.js';

/** A part of the library's state; the component renders anew when it changes. */
export function useLibrary<T>(library: Library, select: (state: LibraryState) => T): T {
  return useStore(library.state, select);
}
