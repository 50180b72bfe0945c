import type { PatchSpec } from '@patchbay/core/client';

/** What an example runs on: a prompt, or one of the model's samples by its label. */
export type ExampleInput = { kind: 'text'; text: string } | { kind: 'sample'; label: string };

/** An input to try, with the patches that make it interesting. */
export interface Example {
  title: string;
  input: ExampleInput;
  patches: Omit<PatchSpec, 'id'>[];
}

/** A model that is served with the page. */
export interface CatalogModel {
  id: string;
  title: string;
  description: string;
  url: string;
  /** The file of its samples, or null if it has none. */
  samples: string | null;
  /** The first one is shown on opening. */
  examples: [Example, ...Example[]];
}

/** Sets a part of an activation to zero. */
function zero(path: string, slice: string): Omit<PatchSpec, 'id'> {
  return { path, kind: 'zero', slice, value: 0, enabled: true };
}

function prompt(text: string, patches: Example['patches'] = []): Example {
  return { title: `${text} …`, input: { kind: 'text', text }, patches };
}

const littleWorld: CatalogModel = {
  id: 'little-world',
  title: 'Little World',
  description: 'GPT-2, 4 layers, 1 million parameters: people, places, repetition',
  url: 'models/little-world/',
  samples: null,
  examples: [
    prompt('When Mary and John were at the office, John handed a kite to', [
      zero('transformer.h_0.attn.pattern', ':, 0'),
    ]),
    prompt('When Mary and John went to the store, John gave a drink to'),
    prompt('The Eiffel Tower is in the city of'),
  ],
};

const digits: CatalogModel = {
  id: 'digits',
  title: 'Digits',
  description:
    'Convolutional network, 5,000 parameters: which digit an 8 × 8 picture shows, also one you draw',
  url: 'models/digits/model.json',
  samples: 'models/digits/samples.json',
  examples: [
    {
      title: 'A 7 without one of four channels',
      input: { kind: 'sample', label: '7' },
      patches: [zero('relu1.output', ':, :, :, 3')],
    },
    {
      title: 'A 9 without another channel',
      input: { kind: 'sample', label: '9' },
      patches: [zero('relu1.output', ':, :, :, 2')],
    },
    {
      title: 'An 8 without one of 24 units',
      input: { kind: 'sample', label: '8' },
      patches: [zero('relu3.output', ':, 9')],
    },
  ],
};

/** The model that the page opens with. */
export const defaultModel = littleWorld;

export const catalog: readonly CatalogModel[] = [littleWorld, digits];
