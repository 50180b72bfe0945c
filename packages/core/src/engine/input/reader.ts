import { InputError } from '../../errors.js';
import type { HostTensor } from '../host-tensor.js';
import type { ImagePixels, InputInfo, RawImage, RunInput, Token } from '../protocol.js';

/** An input that has been checked, in the form in which `forward` takes it. */
export interface ReadInput {
  /** The arguments. */
  readonly args: readonly HostTensor[];
  /** Of a text, else empty. */
  readonly tokens: readonly Token[];
}

/** How a model takes inputs of one kind. */
export interface InputReader {
  readonly info: InputInfo;
  /** Small arguments to trace the model with. */
  readonly example: readonly HostTensor[];
  /** @throws InputError for an input that the model cannot take */
  read(input: RunInput): ReadInput;
  /** An image in the size that the model takes. @throws InputError where it takes none */
  fitImage(image: RawImage): ImagePixels;
}

type Kind = RunInput['kind'];

const NAMES: Readonly<Record<Kind, string>> = { text: 'text', image: 'an image', tensors: 'tensors' };

/** The `fitImage` of a model that takes inputs of another kind. */
export function refuseImages(kind: Exclude<Kind, 'image'>): InputReader['fitImage'] {
  return () => {
    throw new InputError(`This model takes ${NAMES[kind]}, not ${NAMES.image}.`);
  };
}

/** The input if it is of a kind. @throws InputError for another kind */
export function ofKind<K extends Kind>(input: RunInput, kind: K): Extract<RunInput, { kind: K }> {
  if (input.kind === kind) return input as Extract<RunInput, { kind: K }>;
  throw new InputError(`This model takes ${NAMES[kind]}, not ${NAMES[input.kind]}.`);
}
