import type { Activation, Token } from '@patchbay/core/client';
import type { Cut } from '../store/state.js';
import { describePlace } from './axes.js';

export interface AxisControlsProps {
  activation: Activation;
  names: readonly string[];
  tokens: readonly Token[];
  onCut(change: Partial<Cut>): void;
}

/** Chooses the two axes shown and the places on the others. */
export function AxisControls({ activation, names, tokens, onCut }: AxisControlsProps) {
  const { shape, axes, index } = activation;
  const hidden = shape
    .map((_, axis) => axis)
    .filter((axis) => !axes.includes(axis) && (shape[axis] ?? 1) > 1);
  if (shape.length < 3 && hidden.length === 0) return null;
  return (
    <div className="axis-controls">
      {shape.length > 2 && (
        <>
          <AxisSelect label="Rows" names={names} shown={axes} which={0} onCut={onCut} />
          <AxisSelect label="Columns" names={names} shown={axes} which={1} onCut={onCut} />
        </>
      )}
      {hidden.map((axis) => {
        const size = shape[axis] ?? 1;
        const at = index[axis] ?? 0;
        return (
          <label key={axis} className="axis-slider">
            <span>{describePlace(names[axis] ?? '', size, at, tokens)}</span>
            <input
              type="range"
              aria-label={names[axis]}
              aria-valuetext={describePlace(names[axis] ?? '', size, at, tokens)}
              min={0}
              max={size - 1}
              value={at}
              onChange={(event) => {
                const next = [...index];
                next[axis] = Number(event.target.value);
                onCut({ index: next, axes });
              }}
            />
          </label>
        );
      })}
    </div>
  );
}

interface AxisSelectProps {
  label: string;
  names: readonly string[];
  shown: Activation['axes'];
  which: 0 | 1;
  onCut(change: Partial<Cut>): void;
}

/** Choosing the axis that the other direction shows swaps the two. */
function AxisSelect({ label, names, shown, which, onCut }: AxisSelectProps) {
  function choose(axis: number): void {
    const [row, column] = shown;
    if (which === 0) onCut({ axes: [axis, axis === column ? row : column], index: [] });
    else onCut({ axes: [axis === row ? column : row, axis], index: [] });
  }
  return (
    <label className="axis-select">
      <span>{label}</span>
      <select className="field" value={shown[which]} onChange={(event) => choose(Number(event.target.value))}>
        {names.map((name, axis) => (
          <option key={name} value={axis}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
