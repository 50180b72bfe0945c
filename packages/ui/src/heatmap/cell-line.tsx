import type { Activation, Token } from '@patchbay/core/client';
import { formatValue } from '../base/format.js';
import { describePlace } from './axes.js';
import type { Cell, PlanePart } from './cell-slice.js';
import { isMasked } from './colours.js';

export interface CellLineProps {
  activation: Activation;
  names: readonly string[];
  tokens: readonly Token[];
  /** The cell whose value is told. */
  cell: Cell | null;
  /** The cell that can be patched. */
  picked: Cell | null;
  onPatch(part: PlanePart, cell: Cell): void;
}

const parts: readonly (readonly [PlanePart, string])[] = [
  ['cell', 'Patch cell'],
  ['row', 'Patch row'],
  ['column', 'Patch column'],
  ['plane', 'Patch all shown'],
];

/** The value under the pointer or cursor, and what of it can become a patch. */
export function CellLine({ activation, names, tokens, cell, picked, onPatch }: CellLineProps) {
  return (
    <div className="cell-line">
      <p className="cell-value" aria-live="polite">
        {cell === null ? (
          <span className="cell-hint">Point at a cell for its value; click it to patch it.</span>
        ) : (
          <CellValue activation={activation} names={names} tokens={tokens} cell={cell} />
        )}
      </p>
      <div className="cell-actions">
        {parts.map(([part, text]) => (
          <button
            key={part}
            type="button"
            className="button"
            disabled={picked === null}
            onClick={() => picked !== null && onPatch(part, picked)}
          >
            {text}
          </button>
        ))}
      </div>
    </div>
  );
}

function CellValue({
  activation,
  names,
  tokens,
  cell,
}: Omit<CellLineProps, 'cell' | 'picked' | 'onPatch'> & { cell: Cell }) {
  const { shape, axes, values, columns } = activation;
  const value = values[cell.row * columns + cell.column];
  const places = [cell.row, cell.column].flatMap((at, which) => {
    const axis = axes[which] ?? -1;
    return axis < 0 ? [] : [describePlace(names[axis] ?? '', shape[axis] ?? 1, at, tokens)];
  });
  return (
    <>
      {places.join(' · ')} <strong className="number">{describeValue(value)}</strong>
    </>
  );
}

function describeValue(value: number | undefined): string {
  if (value === undefined) return '';
  return isMasked(value) ? 'masked' : formatValue(value);
}
