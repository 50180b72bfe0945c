import { formatValue } from '../base/format.js';
import { type ColourScale, cssGradient, type Theme } from './colours.js';

export interface LegendProps {
  scale: ColourScale;
  theme: Theme;
  hasMasked: boolean;
}

/** Which colour stands for which value. */
export function Legend({ scale: { kind, limit }, theme, hasMasked }: LegendProps) {
  return (
    <div className="legend">
      <span className="number">{formatValue(kind === 'diverging' ? -limit : 0)}</span>
      <span className="legend-bar" style={{ background: cssGradient(kind, theme) }} />
      <span className="number">{formatValue(limit)}</span>
      {hasMasked && (
        <span className="legend-masked">
          <span className="legend-swatch" /> masked
        </span>
      )}
    </div>
  );
}
