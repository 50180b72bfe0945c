/** Sizes of a GPT-2. */
export interface Sizes {
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  readonly vocabulary: number;
  readonly positions: number;
}

/** GPT-2 small: 124 million weights, 498 MB as float32. */
export const SMALL: Sizes = { layers: 12, width: 768, heads: 12, vocabulary: 50_257, positions: 1024 };

/** The same in so small that a test can afford it. */
export const TINY: Sizes = { layers: 2, width: 32, heads: 4, vocabulary: 97, positions: 64 };

/** A weight, and the value around which its random numbers lie. */
export interface Weight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly middle: number;
}

/** All weights under the names that Hugging Face's checkpoints have for them. */
export function weightsOf({ layers, width, vocabulary, positions }: Sizes): Weight[] {
  const weight = (name: string, ...shape: number[]): Weight => ({ name, shape, middle: 0 });
  const norm = (name: string): Weight[] => [
    { name: `${name}.weight`, shape: [width], middle: 1 },
    weight(`${name}.bias`, width),
  ];
  const layer = (name: string, inside: number, outside: number): Weight[] => [
    weight(`${name}.weight`, inside, outside),
    weight(`${name}.bias`, outside),
  ];
  const blocks = Array.from({ length: layers }, (_, block) => [
    ...norm(`h.${block}.ln_1`),
    ...layer(`h.${block}.attn.c_attn`, width, 3 * width),
    ...layer(`h.${block}.attn.c_proj`, width, width),
    ...norm(`h.${block}.ln_2`),
    ...layer(`h.${block}.mlp.c_fc`, width, 4 * width),
    ...layer(`h.${block}.mlp.c_proj`, 4 * width, width),
  ]);
  return [
    weight('wte.weight', vocabulary, width),
    weight('wpe.weight', positions, width),
    ...blocks.flat(),
    ...norm('ln_f'),
  ];
}
