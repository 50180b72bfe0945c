/** Eight-bit channels of an image, `[height, width, channel]`, row by row. */
export interface PixelGrid {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: ArrayLike<number>;
}

interface Filter {
  /** How far from its middle it is not zero. */
  readonly support: number;
  readonly weight: (x: number) => number;
}

const sinc = (x: number) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

/** The filters of Pillow, by its names for them. */
const FILTERS = {
  box: { support: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  hamming: {
    support: 1,
    // Its two constants are single precision.
    weight: (x) =>
      Math.abs(x) >= 1 ? 0 : sinc(x) * (Math.fround(0.54) + Math.fround(0.46) * Math.cos(Math.PI * x)),
  },
  bicubic: { support: 2, weight: (x) => cubic(Math.abs(x)) },
  lanczos: { support: 3, weight: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
} as const satisfies Readonly<Record<string, Filter>>;

export type FilterName = keyof typeof FILTERS;

/** Keys' convolution kernel with slope -1/2 at 1. */
function cubic(x: number): number {
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? -0.5 * (((x - 5) * x + 8) * x - 4) : 0;
}

/** Weights are whole multiples of 2⁻²², so that eight bits times them and a sum fit 32 bits. */
const UNIT = 2 ** 22;

/** Which pixels of a row make one of the resized row, and how much of each, in units of 2⁻²². */
interface Mix {
  readonly first: number;
  readonly weights: readonly number[];
}

/**
 * The image in another size as Pillow's `Image.resize` makes it, exactly: first each row, then each column, rounded to
 * eight bits in between. Where it gets smaller, the filter is widened, so that every pixel counts.
 */
export function resample(image: PixelGrid, width: number, height: number, filter: FilterName): PixelGrid {
  const rows = width === image.width ? image : resizeRows(image, mixes(image.width, width, FILTERS[filter]));
  return height === rows.height ? rows : resizeColumns(rows, mixes(rows.height, height, FILTERS[filter]));
}

function mixes(from: number, to: number, { support, weight }: Filter): Mix[] {
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  const reach = support * stretch;
  return Array.from({ length: to }, (_, at) => {
    const middle = (at + 0.5) * scale;
    const first = Math.max(0, Math.trunc(middle - reach + 0.5));
    const end = Math.min(from, Math.trunc(middle + reach + 0.5));
    const raw = Array.from({ length: end - first }, (__, i) =>
      weight((i + first - middle + 0.5) * (1 / stretch)),
    );
    const sum = raw.reduce((total, each) => total + each, 0);
    return { first, weights: raw.map((each) => rounded((sum === 0 ? each : each / sum) * UNIT)) };
  });
}

/** To the next whole number, halves away from zero. */
function rounded(x: number): number {
  return Math.sign(x) * Math.floor(Math.abs(x) + 0.5);
}

function resizeRows({ width, height, channels, data }: PixelGrid, columns: readonly Mix[]): PixelGrid {
  const resized = new Uint8ClampedArray(columns.length * height * channels);
  let to = 0;
  for (let row = 0; row < height; row += 1) {
    for (const { first, weights } of columns) {
      const from = (row * width + first) * channels;
      for (let channel = 0; channel < channels; channel += 1) {
        resized[to] = mixed(data, from + channel, channels, weights);
        to += 1;
      }
    }
  }
  return { width: columns.length, height, channels, data: resized };
}

function resizeColumns({ width, channels, data }: PixelGrid, rows: readonly Mix[]): PixelGrid {
  const perRow = width * channels;
  const resized = new Uint8ClampedArray(rows.length * perRow);
  let to = 0;
  for (const { first, weights } of rows) {
    for (let at = 0; at < perRow; at += 1) {
      resized[to] = mixed(data, first * perRow + at, perRow, weights);
      to += 1;
    }
  }
  return { width, height: rows.length, channels, data: resized };
}

/** A weighted sum of every `step`-th value from `from` on, rounded. */
function mixed(data: ArrayLike<number>, from: number, step: number, weights: readonly number[]): number {
  let sum = UNIT / 2;
  for (let i = 0; i < weights.length; i += 1)
    sum += (data[from + i * step] as number) * (weights[i] as number);
  return Math.floor(sum / UNIT);
}
