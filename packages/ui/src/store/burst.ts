import type { PatchSpec, RunInput } from '@patchbay/core/client';

interface Edited {
  input: RunInput;
  patches: PatchSpec[];
}

/** Edits less than this many milliseconds apart belong together. */
const burstPause = 800;

/** Names the field that an edit typed or drew in, or null if it did neither. */
function editedField(past: Edited, current: Edited): string | null {
  if (past.patches === current.patches)
    return past.input === current.input || isBlank(current.input) ? null : 'input';
  if (past.input !== current.input || past.patches.length !== current.patches.length) return null;
  const changed = current.patches.filter((patch, i) => patch !== past.patches[i]);
  const [patch] = changed;
  const before = past.patches.find(({ id }) => id === patch?.id);
  if (patch === undefined || before === undefined || changed.length > 1) return null;
  if (before.slice !== patch.slice) return `slice ${patch.id}`;
  return before.value !== patch.value && before.kind === patch.kind ? `value ${patch.id}` : null;
}

/** Clearing a picture is a step of its own, however soon after drawing. */
function isBlank(input: RunInput): boolean {
  return input.kind === 'image' && input.values.every((value) => value === 0);
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
    const follows = last?.input === past.input && last.patches === past.patches;
    const continues = follows && field !== null && field === lastField && time - lastTime < burstPause;
    lastField = field;
    lastTime = time;
    last = current;
    return continues;
  };
}
