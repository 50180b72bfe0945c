import type { InputInfo, RunInput, TensorSlot, TensorValue } from '@patchbay/core/client';

/** What free axes are at first: the batch 1. */
const firstSize = 16;

/** Whether a model can take an input, as far as its kind and shapes tell. */
export function fits(input: RunInput, info: InputInfo): boolean {
  if (input.kind === 'text') return info.kind === 'text';
  if (input.kind === 'image')
    return (
      info.kind === 'image' &&
      input.width === info.width &&
      input.height === info.height &&
      input.channels === info.channels
    );
  return (
    info.kind === 'tensors' &&
    input.tensors.length === info.tensors.length &&
    info.tensors.every((slot, at) => hasForm(input.tensors[at], slot))
  );
}

function hasForm(tensor: TensorValue | undefined, { shape }: TensorSlot): boolean {
  return (
    shape === null ||
    (tensor?.shape.length === shape.length &&
      shape.every((size, axis) => size === null || size === tensor.shape[axis]))
  );
}

/** The input that a model begins with where nothing else is known: no text, a blank image, zeros. */
export function blankInput(info: InputInfo): RunInput {
  switch (info.kind) {
    case 'text':
      return { kind: 'text', text: '' };
    case 'image': {
      const { width, height, channels } = info;
      const values = new Array<number>(width * height * channels).fill(0);
      return { kind: 'image', width, height, channels, values };
    }
    case 'tensors':
      return {
        kind: 'tensors',
        tensors: info.tensors.map(({ shape }) => ({
          shape: (shape ?? [1]).map((size, axis) => size ?? (axis === 0 ? 1 : firstSize)),
          fill: { kind: 'constant', value: 0 },
        })),
      };
  }
}
