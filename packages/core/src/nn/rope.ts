/** How the angles of a rotary embedding depend on the position, as plain data. */
export type RopeSettings = { readonly theta: number } & RopeScaling;

/** Ways to reach beyond the context that a model was first trained on. */
type RopeScaling =
  | { readonly type: 'default' }
  /** Positions are divided by `factor` (arXiv 2306.15595). */
  | { readonly type: 'linear'; readonly factor: number }
  /** The base grows with the length of the input, once that is beyond `originalContext` positions. */
  | { readonly type: 'dynamic'; readonly factor: number; readonly originalContext: number }
  /** Slow angles are divided by `factor`, fast ones stay, with a ramp between them (arXiv 2407.21783). */
  | {
      readonly type: 'llama3';
      readonly factor: number;
      readonly lowFrequencyFactor: number;
      readonly highFrequencyFactor: number;
      readonly originalContext: number;
    }
  /** The same with a ramp over dimensions and warmer attention (arXiv 2309.00071). */
  | {
      readonly type: 'yarn';
      readonly factor: number;
      readonly attentionFactor: number;
      readonly fastRotations: number;
      readonly slowRotations: number;
      readonly isTruncated: boolean;
      readonly originalContext: number;
    }
  /** One factor for each angle, others for inputs longer than `originalContext` (arXiv 2402.13753). */
  | {
      readonly type: 'longrope';
      readonly shortFactors: readonly number[];
      readonly longFactors: readonly number[];
      readonly attentionFactor: number;
      readonly originalContext: number;
    };

/** True where the angles of a position depend on the length of the whole input, so that keys cannot be kept. */
export function dependsOnLength({ type }: RopeSettings): boolean {
  return type === 'dynamic' || type === 'longrope';
}

/** What cosines and sines are multiplied with. */
export function ropeScale(settings: RopeSettings): number {
  return 'attentionFactor' in settings ? settings.attentionFactor : 1;
}

/** Radians for each position, one for each of the `dim / 2` angles, for an input of `length` positions. */
export function inverseFrequencies(settings: RopeSettings, dim: number, length: number): number[] {
  const plain = powers(settings.theta, dim);
  switch (settings.type) {
    case 'default':
      return plain;
    case 'linear':
      return plain.map((frequency) => frequency / settings.factor);
    case 'dynamic': {
      const { factor, originalContext, theta } = settings;
      const growth = (factor * Math.max(length, originalContext)) / originalContext - (factor - 1);
      return powers(theta * growth ** (dim / (dim - 2)), dim);
    }
    case 'llama3':
      return plain.map((frequency) => llama3(frequency, settings));
    case 'yarn':
      return yarn(plain, dim, settings);
    case 'longrope': {
      const { shortFactors, longFactors, originalContext } = settings;
      const factors = length > originalContext ? longFactors : shortFactors;
      return plain.map((frequency, i) => frequency / (factors[i] as number));
    }
  }
}

function powers(theta: number, dim: number): number[] {
  return Array.from({ length: dim / 2 }, (_, i) => theta ** ((-2 * i) / dim));
}

function llama3(frequency: number, settings: Extract<RopeSettings, { type: 'llama3' }>): number {
  const { factor, lowFrequencyFactor: low, highFrequencyFactor: high, originalContext } = settings;
  const wavelength = (2 * Math.PI) / frequency;
  if (wavelength > originalContext / low) return frequency / factor;
  if (wavelength < originalContext / high) return frequency;
  const kept = (originalContext / wavelength - low) / (high - low);
  return ((1 - kept) * frequency) / factor + kept * frequency;
}

function yarn(
  plain: readonly number[],
  dim: number,
  settings: Extract<RopeSettings, { type: 'yarn' }>,
): number[] {
  const { theta, factor, fastRotations, slowRotations, isTruncated, originalContext } = settings;
  /** The angle that turns so many times within the original context, as a fractional index. */
  const indexOf = (rotations: number) =>
    (dim * Math.log(originalContext / (rotations * 2 * Math.PI))) / (2 * Math.log(theta));
  const fast = indexOf(fastRotations);
  const slow = indexOf(slowRotations);
  const low = Math.max(isTruncated ? Math.floor(fast) : fast, 0);
  const high = Math.min(isTruncated ? Math.ceil(slow) : slow, dim - 1);
  // A ramp without width would divide by zero.
  const width = high === low ? 0.001 : high - low;
  return plain.map((frequency, i) => {
    const slowed = Math.min(1, Math.max(0, (i - low) / width));
    return (frequency / factor) * slowed + frequency * (1 - slowed);
  });
}
