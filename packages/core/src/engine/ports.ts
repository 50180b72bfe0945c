import type { Pretrained, PretrainedFor } from '../load/pretrained.js';
import { fitImage } from './input/fit-image.js';
import { imageInput } from './input/image.js';
import type { InputReader } from './input/reader.js';
import { slotsOf, tensorInput } from './input/tensors.js';
import { textInput } from './input/text.js';
import { classOutput } from './output/classes.js';
import type { OutputReader } from './output/reader.js';
import { tensorOutput } from './output/tensor.js';
import { vocabularyOutput } from './output/vocabulary.js';
import type { ImageLayout } from './protocol.js';

/** How a model takes inputs and gives outputs. */
export interface ModelPorts {
  readonly input: InputReader;
  readonly output: OutputReader;
  readonly layout: ImageLayout;
}

type Loaded<T extends Pretrained['task']> = Omit<PretrainedFor<T>, 'task'>;

/** The ports of a model by its task. @throws CheckpointError for one whose inputs cannot be made here */
export function portsOf(pretrained: Pretrained): ModelPorts {
  switch (pretrained.task) {
    case 'text-generation':
      return causalPorts(pretrained);
    case 'fill-mask':
      return maskedPorts(pretrained);
    case 'feature-extraction':
      return encoderPorts(pretrained);
    case 'image-classification':
      return classifierPorts(pretrained);
    case 'tensors':
      return tensorPorts(pretrained);
  }
}

function causalPorts({ model, tokenizer }: Loaded<'text-generation'>): ModelPorts {
  return {
    input: textInput(model, tokenizer, null),
    output: vocabularyOutput(tokenizer, null),
    layout: 'channels-first',
  };
}

function maskedPorts({ model, tokenizer }: Loaded<'fill-mask'>): ModelPorts {
  const { maskTokenId } = tokenizer;
  const mask = maskTokenId === null ? null : tokenizer.tokenText(maskTokenId);
  return {
    input: textInput(model, tokenizer, mask),
    output: vocabularyOutput(tokenizer, maskTokenId),
    layout: 'channels-first',
  };
}

function encoderPorts({ model, tokenizer }: Loaded<'feature-extraction'>): ModelPorts {
  return { input: textInput(model, tokenizer, null), output: tensorOutput, layout: 'channels-first' };
}

function classifierPorts({ model, processor }: Loaded<'image-classification'>): ModelPorts {
  const { width, height, affine } = processor;
  const { channels, labels } = model;
  return {
    input: imageInput({
      width,
      height,
      channels,
      layout: 'channels-first',
      ...affine,
      fit: (image) => processor.fit(image),
    }),
    output: classOutput(labels, 'output|logits', 'logits'),
    layout: 'channels-first',
  };
}

function tensorPorts({ model }: Loaded<'tensors'>): ModelPorts {
  const { classification, inputs, outputs } = model;
  if (classification === null || inputs.length > 1)
    return { input: tensorInput(slotsOf(inputs)), output: tensorOutput, layout: 'channels-last' };
  const { classes, image, scores } = classification;
  const [darkest, brightest] = image.range;
  const channels = Array.from({ length: image.channels });
  return {
    input: imageInput({
      ...image,
      layout: 'channels-last',
      scale: channels.map(() => brightest - darkest),
      offset: channels.map(() => darkest),
      fit: (raw) => fitImage(raw, image),
    }),
    output: classOutput(classes, outputs.length > 1 ? `output|${outputs[0]?.name}` : 'output', scores),
    layout: 'channels-last',
  };
}
