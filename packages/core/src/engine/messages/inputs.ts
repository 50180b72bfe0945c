/** What a model takes, and what the page gives it. */
export type InputInfo =
  | {
      kind: 'text';
      /** Longest text, in tokens. */
      contextLength: number;
      vocabularySize: number;
      /** What stands in a text for the token to guess, such as `[MASK]`; null for models that guess the next one. */
      mask: string | null;
    }
  | {
      kind: 'image';
      /** Size of the images that it takes, in pixels. */
      width: number;
      height: number;
      /** 1 for grey, 3 for red, green and blue. */
      channels: number;
    }
  | { kind: 'tensors'; tensors: TensorSlot[] };

/** One of the tensors that a model takes. */
export interface TensorSlot {
  name: string;
  /** Sizes of its axes, null for one of any size; null where nothing is known. */
  shape: (number | null)[] | null;
  dtype: TensorDtype;
}

export type TensorDtype = 'float32' | 'int32' | 'bool';

/** The input of a run; its kind must be that of the model. */
export type RunInput =
  | { kind: 'text'; text: string }
  | ({ kind: 'image' } & ImagePixels)
  /** One for each of the model's slots, in their order. */
  | { kind: 'tensors'; tensors: TensorValue[] };

/** An image of the size that the model takes. */
export interface ImagePixels {
  width: number;
  height: number;
  channels: number;
  /** `[height, width, channel]`, row-major, each between 0 and 1. What the model makes of that range is the engine's business. */
  values: number[];
}

/** An image of any size as the browser decodes it. */
export interface RawImage {
  width: number;
  height: number;
  /** `[height, width, 4]`: red, green, blue and opacity, which does not count. */
  data: Uint8ClampedArray;
}

/** A tensor by its shape and how it is filled. */
export interface TensorValue {
  shape: number[];
  fill: TensorFill;
}

export type TensorFill =
  | { kind: 'constant'; value: number }
  /** Evenly spaced from the first entry to the last. */
  | { kind: 'range'; from: number; to: number }
  /** Independent draws, for int32 whole numbers and for bool halves of the range. `low` is included, `high` is not. */
  | { kind: 'uniform'; low: number; high: number; seed: number }
  /** Row-major, as many as the shape has. */
  | { kind: 'values'; values: number[] };
