import type { PatchSpec } from '@patchbay/core/client';

interface Edited {
  text: string;
  patches: PatchSpec[];
}

/** Keystrokes less than this many milliseconds apart belong together. */
const burstPause = 800;

/** Names the text field that an edit typed in, or null if it was no typing. */
function editedField(past: Edited, current: Edited): string | null {
  if (past.patches === current.patches) return past.text === current.text ? null : 'text';
  if (past.text !== current.text || past.patches.length !== current.patches.length) return null;
  const changed = current.patches.filter((patch, i) => patch !== past.patches[i]);
  const [patch] = changed;
  const before = past.patches.find(({ id }) => id === patch?.id);
  if (patch === undefined || before === undefined || changed.length > 1) return null;
  if (before.slice !== patch.slice) return `slice ${patch.id}`;
  return before.value !== patch.value && before.kind === patch.kind ? `value ${patch.id}` : null;
}

/** Tells of each edit whether it goes on in the field of the one just before. */
export function sameBurst(now: () => number = Date.now): (past: Edited, current: Edited) => boolean {
  let lastField: string | null = null;
  let lastTime = Number.NEGATIVE_INFINITY;
  let last: Edited | null = null;
  return (past, current) => {
    const field = editedField(past, current);
    const time = now();
    // After an undo the edit starts elsewhere than where the one before ended.
    const follows = last?.text === past.text && last.patches === past.patches;
    const continues = follows && field !== null && field === lastField && time - lastTime < burstPause;
    lastField = field;
    lastTime = time;
    last = current;
    return continues;
  };
}
