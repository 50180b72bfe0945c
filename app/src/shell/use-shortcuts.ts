import type { Workbench } from '@patchbay/ui';
import { useEffect } from 'react';
import { tinykeys } from 'tinykeys';

/** Run, undo and redo from anywhere. Fields outside of the session keep the browser's own undo. */
export function useShortcuts(workbench: Workbench): void {
  useEffect(() => {
    const unlessOwnUndo = (act: () => void) => (event: KeyboardEvent) => {
      if (event.target instanceof Element && event.target.closest('[data-own-undo]') !== null) return;
      event.preventDefault();
      act();
    };
    return tinykeys(window, {
      '$mod+Enter': (event) => {
        event.preventDefault();
        workbench.run();
      },
      '$mod+z': unlessOwnUndo(workbench.undo),
      '$mod+Shift+z': unlessOwnUndo(workbench.redo),
      '$mod+y': unlessOwnUndo(workbench.redo),
    });
  }, [workbench]);
}
