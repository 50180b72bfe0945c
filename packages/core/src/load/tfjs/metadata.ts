import * as z from 'zod/mini';
import { CheckpointError } from '../../errors.js';
import type { ImageClassification, TensorSpec } from '../../models/tensor-model.js';
import { fields } from './model-json.js';

const size = z.int().check(z.positive());

const classification = z.object({
  task: z.literal('image-classification'),
  classes: z.array(z.string()).check(z.minLength(1)),
  scores: z._default(z.nullable(z.enum(['logits', 'probabilities'])), null),
  image: z.object({
    width: size,
    height: size,
    channels: z.union([z.literal(1), z.literal(3)]),
    range: z.tuple([z.number(), z.number()]),
  }),
});

/**
 * What `userDefinedMetadata.patchbay` of a model.json says of the model; null if it says nothing. No other metadata
 * is read.
 * @throws CheckpointError if it is malformed, or is not about the model's first input and output
 */
export function readMetadata(
  metadata: unknown,
  inputs: readonly TensorSpec[],
  outputs: readonly TensorSpec[],
): ImageClassification | null {
  if (typeof metadata !== 'object' || metadata === null || !Object.hasOwn(metadata, 'patchbay')) return null;
  const where = 'userDefinedMetadata.patchbay in model.json';
  const { classes, scores, image } = fields(classification, Reflect.get(metadata, 'patchbay'), where);
  checkAxes(inputs[0], [null, image.height, image.width, image.channels], `${where}.image`);
  checkAxes(outputs[0], [null, classes.length], `${where}.classes`);
  return { classes, scores, image };
}

function checkAxes(spec: TensorSpec | undefined, expected: readonly (number | null)[], what: string): void {
  const shape = spec?.shape ?? expected;
  const fits =
    spec !== undefined &&
    shape.length === expected.length &&
    shape.every((size, axis) => axis === 0 || size === null || size === expected[axis]);
  if (fits) return;
  throw new CheckpointError(
    `${what} means a tensor of shape [batch, ${expected.slice(1).join(', ')}], where the model has ` +
      `${spec === undefined ? 'none' : `[${shape.map((size) => size ?? 'any').join(', ')}]`}.`,
  );
}
