import type { PatchSpec } from '@patchbay/core/client';

/** A prompt to try, with the patches that make it interesting. */
export interface Example {
  text: string;
  patches: Omit<PatchSpec, 'id'>[];
}

/** A model that is served with the page. */
export interface CatalogModel {
  id: string;
  title: string;
  description: string;
  url: string;
  /** The first one is shown on opening. */
  examples: [Example, ...Example[]];
}

const littleWorld: CatalogModel = {
  id: 'little-world',
  title: 'Little World',
  description: 'GPT-2, 4 layers, 1 million parameters: people, places, repetition',
  url: 'models/little-world/',
  examples: [
    {
      text: 'When Mary and John were at the office, John handed a kite to',
      patches: [
        { path: 'transformer.h_0.attn.pattern', kind: 'zero', slice: ':, 0', value: 0, enabled: true },
      ],
    },
    { text: 'When Mary and John went to the store, John gave a drink to', patches: [] },
    { text: 'The Eiffel Tower is in the city of', patches: [] },
  ],
};

/** The model that the page opens with. */
export const defaultModel = littleWorld;

export const catalog: readonly CatalogModel[] = [littleWorld];
