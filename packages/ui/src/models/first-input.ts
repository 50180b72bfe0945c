import type { ModelInfo, RunInput } from '@patchbay/core/client';
import type { Session } from '../store/session.js';

/** The session that a model which nobody has used yet begins with, or null where nothing speaks for itself. */
export function firstSession(info: ModelInfo): Session | null {
  const input = firstInput(info);
  return input && { input, patches: [], position: null };
}

/** By the model's task. */
function firstInput({ task, input }: ModelInfo): RunInput | null {
  if (input.kind !== 'text') return null;
  switch (task) {
    case 'text-generation':
      return { kind: 'text', text: 'When Mary and John went to the store, John gave a drink to' };
    case 'fill-mask':
      return { kind: 'text', text: `The capital of France is ${input.mask ?? '…'}.` };
    case 'feature-extraction':
      return { kind: 'text', text: 'A man is eating a piece of bread.' };
    case 'image-classification':
    case 'tensors':
      return null;
  }
}
