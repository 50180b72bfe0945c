import { useStore } from 'zustand';
import type { Session, SessionActions, SessionStore } from './session.js';
import type { WorkbenchState, WorkbenchStore } from './state.js';

/** A part of the session; the component renders anew when it changes. */
export function useSession<T>(store: SessionStore, select: (state: Session & SessionActions) => T): T {
  return useStore(store, select);
}

/** A part of what the engine brought back. */
export function useWorkbench<T>(store: WorkbenchStore, select: (state: WorkbenchState) => T): T {
  return useStore(store, select);
}

/** Whether there is something to undo and to redo. */
export function useHistory(store: SessionStore): { canUndo: boolean; canRedo: boolean } {
  const canUndo = useStore(store.temporal, ({ pastStates }) => pastStates.length > 0);
  const canRedo = useStore(store.temporal, ({ futureStates }) => futureStates.length > 0);
  return { canUndo, canRedo };
}
