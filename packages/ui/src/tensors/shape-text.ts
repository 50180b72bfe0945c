import type { TensorSlot } from '@patchbay/core/client';

/** What a text says, or what is wrong with it. */
export type Parsed<T> = { value: T; error: null } | { value: null; error: string };

/** `1 × 16 × 3`. */
export function formatShape(shape: readonly number[]): string {
  return shape.join(' × ');
}

/** What a slot takes: `? × 16 × 3`, where `?` is any size. */
export function formatForm({ shape }: TensorSlot): string {
  return shape === null ? 'any' : shape.map((size) => size ?? '?').join(' × ');
}

/** Reads a shape such as `1 × 16 × 3`, `1, 16, 3` or `[1, 16, 3]` for a slot. */
export function parseShape(text: string, slot: TensorSlot): Parsed<number[]> {
  const words = text.split(/[\s,×x[\]()]+/).filter((word) => word !== '');
  const wrong = words.find((word) => !/^\d+$/.test(word) || Number(word) < 1);
  if (wrong !== undefined) return failure(`“${wrong}” is no size. Sizes are whole numbers from 1.`);
  const shape = words.map(Number);
  const { shape: form } = slot;
  if (form === null) return { value: shape, error: null };
  if (shape.length !== form.length)
    return failure(`The model takes ${form.length} axes, ${formatForm(slot)}; here are ${shape.length}.`);
  const axis = form.findIndex((size, at) => size !== null && size !== shape[at]);
  if (axis >= 0) return failure(`Axis ${axis} has the size ${form[axis]} in this model, not ${shape[axis]}.`);
  return { value: shape, error: null };
}

/** How many values a shape has room for. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function failure(error: string): { value: null; error: string } {
  return { value: null, error };
}
