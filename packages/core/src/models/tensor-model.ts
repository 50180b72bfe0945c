import type { Tensor } from '@tensorflow/tfjs';
import { InputError } from '../errors.js';
import { Module } from '../module/module.js';

/** A tensor that goes in or out of a model. */
export interface TensorSpec {
  readonly name: string;
  /** The sizes of its axes, null where any will do; null if nothing is known. */
  readonly shape: readonly (number | null)[] | null;
  readonly dtype: string;
}

/** A model that sorts images into classes: its first input is the image, its first output has one score a class. */
export interface ImageClassification {
  /** The classes in the order of the scores. */
  readonly classes: readonly string[];
  /** What the scores are; null where nothing says so. */
  readonly scores: ClassScores | null;
  /** The image as the model takes it, `[batch, height, width, channel]`, its darkest and brightest value in `range`. */
  readonly image: {
    readonly width: number;
    readonly height: number;
    readonly channels: 1 | 3;
    readonly range: readonly [darkest: number, brightest: number];
  };
}

/** Logits, or the probabilities that a softmax makes of them. */
export type ClassScores = 'logits' | 'probabilities';

/** What a model with several outputs gives, by their names. */
export type TensorModelOutput = Tensor | Readonly<Record<string, Tensor>>;

/** What a model of plain tensors takes, computes and is for. */
export interface TensorModelSpecs {
  /** What `forward` takes, in order. */
  readonly inputs: readonly TensorSpec[];
  /** What it computes: the one tensor, or an object with these names. */
  readonly outputs: readonly TensorSpec[];
  /** What the model is for, if it sorts images; null otherwise. */
  readonly classification: ImageClassification | null;
}

/** A model of plain tensors, such as one that TensorFlow.js has saved. */
export abstract class TensorModel extends Module implements TensorModelSpecs {
  readonly inputs: TensorModelSpecs['inputs'];
  readonly outputs: TensorModelSpecs['outputs'];
  readonly classification: TensorModelSpecs['classification'];

  constructor({ inputs, outputs, classification }: TensorModelSpecs) {
    super();
    this.inputs = inputs;
    this.outputs = outputs;
    this.classification = classification;
  }

  override get inputNames(): readonly string[] {
    return this.inputs.map(({ name }) => name);
  }

  /**
   * The tensors of the output are the caller's. A model with control flow returns a promise: make its graph by
   * `await PatchableGraph.create(model, inputs)`.
   * @throws InputError for tensors of other shapes or dtypes than `inputs` says
   */
  abstract override forward(...inputs: Tensor[]): TensorModelOutput | Promise<TensorModelOutput>;

  /** @throws InputError */
  protected checkInputs(given: readonly Tensor[]): void {
    const { inputs } = this;
    if (given.length !== inputs.length)
      throw new InputError(
        `The model takes ${inputs.length} tensors (${this.inputNames.join(', ')}), not ${given.length}.`,
      );
    for (const [index, spec] of inputs.entries()) checkInput(given[index] as Tensor, spec);
  }

  /** One output as it is, several by their names. */
  protected named(tensors: readonly Tensor[]): TensorModelOutput {
    const [only] = tensors;
    if (only !== undefined && tensors.length === 1) return only;
    return Object.fromEntries(this.outputs.map(({ name }, index) => [name, tensors[index] as Tensor]));
  }
}

function checkInput({ shape, dtype }: Tensor, spec: TensorSpec): void {
  const fits =
    spec.shape === null ||
    (spec.shape.length === shape.length &&
      spec.shape.every((size, axis) => size === null || size === shape[axis]));
  if (fits && dtype === spec.dtype) return;
  const expected =
    spec.shape === null ? '' : ` of shape [${spec.shape.map((size) => size ?? 'any').join(', ')}]`;
  throw new InputError(
    `The input '${spec.name}' must be a ${spec.dtype} tensor${expected}, not a ${dtype} one of [${shape.join(', ')}].`,
  );
}
