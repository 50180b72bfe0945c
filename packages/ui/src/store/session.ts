import type { PatchKind, PatchSpec, RunInput } from '@patchbay/core/client';
import { type TemporalState, temporal } from 'zundo';
import type { StoreApi } from 'zustand';
import { createStore } from 'zustand/vanilla';
import { sameBurst } from './burst.js';
import { addPatch, duplicatePatch, movePatch, removePatch, updatePatch } from './patches.js';

/** What the user chose: plain data that outlives models and runs. */
export interface Session {
  input: RunInput;
  /** In the order in which they apply. */
  patches: PatchSpec[];
  /** Of a text: the token position compared, or null to leave the choice to the engine. */
  position: number | null;
}

/** The part of a session that undo brings back. */
export type Edited = Pick<Session, 'input' | 'patches'>;

export interface SessionActions {
  setInput(input: RunInput): void;
  setPosition(position: number | null): void;
  /** Puts another session in place of this one, as one step of undo. */
  replace(session: Session): void;
  /** Adds a patch at the end and returns its id. */
  add(patch: { path: string; kind?: PatchKind; slice?: string }): string;
  update(id: string, change: Partial<Omit<PatchSpec, 'id'>>): void;
  remove(id: string): void;
  duplicate(id: string): void;
  /** Moves a patch by some places; -1 is one up. */
  move(id: string, by: number): void;
}

export type SessionState = Session & SessionActions;
export type SessionStore = StoreApi<SessionState> & { temporal: StoreApi<TemporalState<Edited>> };

const historyLimit = 200;

/** How zundo really calls what its types call a set function. */
type RecordEdit = (past: Edited, replace: unknown, current: Edited, delta: unknown) => void;

/** A session store with undo. Edits in one field that follow each other quickly, such as keystrokes, undo together. */
export function createSessionStore(initial: Session): SessionStore {
  return createStore<SessionState>()(
    temporal(
      (set, get) => ({
        ...initial,
        setInput: (input) => set({ input, position: null }),
        setPosition: (position) => set({ position }),
        replace: (session) => set(session),
        add: ({ path, kind = 'zero', slice = '' }) => {
          const patches = addPatch(get().patches, { path, kind, slice, value: 0, enabled: true });
          set({ patches });
          return patches.at(-1)?.id ?? '';
        },
        update: (id, change) => set({ patches: updatePatch(get().patches, id, change) }),
        remove: (id) => set({ patches: removePatch(get().patches, id) }),
        duplicate: (id) => set({ patches: duplicatePatch(get().patches, id) }),
        move: (id, by) => set({ patches: movePatch(get().patches, id, by) }),
      }),
      {
        limit: historyLimit,
        partialize: ({ input, patches }): Edited => ({ input, patches }),
        equality: (a, b) => a.input === b.input && a.patches === b.patches,
        handleSet: (handle) => {
          const record = handle as RecordEdit;
          const isBurst = sameBurst();
          return ((past, replace, current, delta) => {
            if (!isBurst(past, current)) record(past, replace, current, delta);
          }) as RecordEdit as typeof handle;
        },
      },
    ),
  );
}
