import type { RunResult } from '@patchbay/core/client';
import { hasNoAnswer } from './headline.js';

export interface NoticeProps {
  result: RunResult;
  /** How many patches take part in runs. */
  activePatches: number;
}

/** Why the two sides may be the same, or without an answer. */
export function Notice({ result, activePatches }: NoticeProps) {
  const { issues, output } = result;
  if (issues.length > 0) {
    const which = issues.length === 1 ? 'A patch does' : `${issues.length} patches do`;
    return (
      <p className="compare-notice" data-kind="error" role="status">
        {which} not fit, so nothing is patched. The reason stands at its field in the list of patches.
      </p>
    );
  }
  if (hasNoAnswer(output)) {
    return (
      <p className="compare-notice" data-kind="error" role="status">
        The patched logits are not numbers: a patch makes values that are too large to compute with. Make its
        value smaller.
      </p>
    );
  }
  if (activePatches > 0) return null;
  return (
    <p className="compare-notice" role="status">
      No patch is on, so both runs are the clean one. Select a node and press <kbd>p</kbd> to patch it.
    </p>
  );
}
