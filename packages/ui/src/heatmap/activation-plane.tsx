import type { Activation, Token } from '@patchbay/core/client';
import { useMemo, useState } from 'react';
import { Segments } from '../base/segments.js';
import type { Cut } from '../store/state.js';
import { type AxisNamer, axisTexts, isPattern, isSquarePlane } from './axes.js';
import { AxisControls } from './axis-controls.js';
import { CellLine } from './cell-line.js';
import { type Cell, type PlanePart, sliceOfPart } from './cell-slice.js';
import type { ColourScale, Theme } from './colours.js';
import { Heatmap } from './heatmap.js';
import { HeatmapTable } from './heatmap-table.js';
import { Legend } from './legend.js';
import { cellWithin, mostShown, windowOf } from './plane.js';
import { PlaneStrip } from './plane-strip.js';
import { StatisticsLine } from './statistics-line.js';
import { belongTo, indexAt, stripAxis } from './strip.js';
import './heatmap.css';

export interface ActivationPlaneProps {
  activation: Activation;
  /** The same cut of all heads or channels, perhaps of an earlier activation. */
  strip: readonly Activation[];
  cut: Cut;
  tokens: readonly Token[];
  axisNames: AxisNamer;
  theme: Theme;
  onCut(change: Partial<Cut>): void;
  onPatch(path: string, slice: string): void;
}

const sides = [
  ['clean', 'Clean'],
  ['patched', 'Patched'],
  ['delta', 'Δ'],
] as const;

/** A cut of a tensor as a heatmap or a table, with all that chooses another cut. */
export function ActivationPlane({
  activation,
  strip,
  cut,
  tokens,
  axisNames,
  ...rest
}: ActivationPlaneProps) {
  const { theme, onCut, onPatch } = rest;
  const [lastHovered, setHovered] = useState<Cell | null>(null);
  const [lastPicked, setPicked] = useState<Cell | null>(null);
  const [isTable, setTable] = useState(false);
  const [first, setFirst] = useState({ row: 0, column: 0 });
  const { path, shape, axes, side, statistics } = activation;
  const names = useMemo(() => axisNames(path, shape), [axisNames, path, shape]);
  const plane = useMemo(() => windowOf(activation, first.row, first.column), [activation, first]);
  const hovered = cellWithin(lastHovered, plane);
  const picked = cellWithin(lastPicked, plane);
  const [rowName, columnName] = axes.map((axis) => names[axis] ?? '') as [string, string];
  const rowTexts = useMemo(
    () => axisTexts(rowName, activation.rows, tokens).slice(plane.firstRow),
    [rowName, activation.rows, tokens, plane.firstRow],
  );
  const columnTexts = useMemo(
    () => axisTexts(columnName, activation.columns, tokens).slice(plane.firstColumn),
    [columnName, activation.columns, tokens, plane.firstColumn],
  );
  const scale = useMemo<ColourScale>(
    () =>
      isPattern(path) && side !== 'delta'
        ? { kind: 'sequential', limit: 1 }
        : { kind: 'diverging', limit: statistics.scale },
    [path, side, statistics.scale],
  );
  const toPlane = (cell: Cell): Cell => ({
    row: cell.row + plane.firstRow,
    column: cell.column + plane.firstColumn,
  });
  const stripped = stripAxis(activation, names);
  const cell = hovered ?? picked;
  const matrix = { rows: plane.rows, columns: plane.columns, values: plane.values, rowTexts, columnTexts };
  const label = `${side} values of ${path}, ${rowName || 'one row'} by ${columnName || 'one column'}`;

  return (
    <div className="activation">
      <div className="activation-bar">
        <h2 className="activation-title">{path}</h2>
        <Segments label="Run" value={cut.side} choices={sides} onChange={(next) => onCut({ side: next })} />
        <label className="check">
          <input type="checkbox" checked={isTable} onChange={() => setTable(!isTable)} />
          Table
        </label>
      </div>
      <AxisControls activation={activation} names={names} tokens={tokens} onCut={onCut} />
      {stripped !== null && belongTo(strip, activation, stripped) && (
        <PlaneStrip
          name={names[stripped] ?? ''}
          planes={strip}
          chosen={activation.index[stripped] ?? 0}
          scale={scale}
          theme={theme}
          onChoose={(place) => onCut({ axes, index: indexAt(activation, stripped, place) })}
        />
      )}
      <WindowControls activation={activation} first={first} onFirst={setFirst} />
      {isTable ? (
        <HeatmapTable label={label} {...matrix} />
      ) : (
        <Heatmap
          label={label}
          {...matrix}
          scale={scale}
          isSquare={isSquarePlane(rowName, columnName)}
          theme={theme}
          cell={picked}
          onHover={setHovered}
          onPick={setPicked}
        />
      )}
      <CellLine
        activation={activation}
        names={names}
        tokens={tokens}
        cell={cell === null ? null : toPlane(cell)}
        picked={picked === null ? null : toPlane(picked)}
        onPatch={(part: PlanePart, at: Cell) => onPatch(path, sliceOfPart(activation, part, at))}
      />
      <div className="activation-foot">
        <Legend scale={scale} theme={theme} hasMasked={statistics.excluded > 0} />
        <StatisticsLine statistics={statistics} shape={shape} dtype={activation.dtype} />
      </div>
    </div>
  );
}

interface WindowProps {
  activation: Activation;
  first: { row: number; column: number };
  onFirst(first: { row: number; column: number }): void;
}

/** Steps through planes that are too large to be drawn whole. */
function WindowControls({ activation: { rows, columns }, first, onFirst }: WindowProps) {
  const controls = [
    ['row', rows],
    ['column', columns],
  ] as const;
  return controls
    .filter(([, count]) => count > mostShown)
    .map(([axis, count]) => (
      <label key={axis} className="axis-slider">
        <span>
          {axis}s from {first[axis]} of {count}
        </span>
        <input
          type="range"
          min={0}
          max={Math.floor((count - 1) / mostShown) * mostShown}
          step={mostShown}
          value={first[axis]}
          onChange={(event) => onFirst({ ...first, [axis]: Number(event.target.value) })}
        />
      </label>
    ));
}
