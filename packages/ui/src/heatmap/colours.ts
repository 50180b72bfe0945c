import { scaleLinear } from 'd3-scale';

export type Theme = 'light' | 'dark';

/** How values become colours: signed around 0, or from 0 up. */
export interface ColourScale {
  kind: 'diverging' | 'sequential';
  /** The value at the end of the scale; a diverging one starts at −limit. */
  limit: number;
}

/** Blue for negative, orange for positive: told apart by every common kind of colour vision. */
const stops: Record<ColourScale['kind'], Record<Theme, readonly string[]>> = {
  diverging: {
    light: ['#0d3b7a', '#3b7cc4', '#a9cbe8', '#f6f5f2', '#f7c49a', '#dd7426', '#86360a'],
    dark: ['#b8d6ff', '#5e9be6', '#2c527f', '#22262c', '#7d4419', '#e08537', '#ffdcb5'],
  },
  sequential: {
    light: ['#f6f5f2', '#cfe0ee', '#8dbadb', '#4a88bd', '#1f5694', '#0a2c5e'],
    dark: ['#22262c', '#1f3552', '#2d5c91', '#4f8fcb', '#8fc1ee', '#e6f2ff'],
  },
};

/** Of masked entries and of what is no number. */
const maskedColour: Record<Theme, string> = { light: '#dcdad3', dark: '#33373c' };

/** Attention scores that are masked stand near the lowest float32, and their differences near the highest. */
const maskedBeyond = 1e30;

const steps = 255;

export type Rgb = readonly [red: number, green: number, blue: number];

export function isMasked(value: number): boolean {
  return !(Math.abs(value) < maskedBeyond);
}

/** A function from values to colours. Values beyond the limit take the last colour. */
export function colourOf({ kind, limit }: ColourScale, theme: Theme): (value: number) => Rgb {
  const table = colourTable(kind, theme);
  const masked = parseHex(maskedColour[theme]);
  const low = kind === 'diverging' ? -limit : 0;
  const span = limit - low || 1;
  return (value) => {
    if (isMasked(value)) return masked;
    const at = limit === 0 ? (kind === 'diverging' ? 0.5 : 0) : (value - low) / span;
    return table[Math.round(Math.min(1, Math.max(0, at)) * steps)] ?? masked;
  };
}

/** The colours as a CSS gradient, for the legend. */
export function cssGradient(kind: ColourScale['kind'], theme: Theme): string {
  return `linear-gradient(to right, ${stops[kind][theme].join(', ')})`;
}

function colourTable(kind: ColourScale['kind'], theme: Theme): Rgb[] {
  const colours = stops[kind][theme];
  const scale = scaleLinear<string>()
    .domain(colours.map((_, at) => (at / (colours.length - 1)) * steps))
    .range(colours);
  return Array.from({ length: steps + 1 }, (_, at) => parseRgb(scale(at)));
}

function parseRgb(text: string): Rgb {
  const [red = 0, green = 0, blue = 0] = text.match(/\d+/g)?.map(Number) ?? [];
  return [red, green, blue];
}

function parseHex(hex: string): Rgb {
  const number = Number.parseInt(hex.slice(1), 16);
  return [number >> 16, (number >> 8) & 255, number & 255];
}
