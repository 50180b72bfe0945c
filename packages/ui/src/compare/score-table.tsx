import type { Score } from '@patchbay/core/client';
import type { CSSProperties, ReactNode } from 'react';
import { formatFixed, formatPercent, formatPoints } from '../base/format.js';
import { deltaBar, deltaScale, type Scored } from './headline.js';

export interface ScoreTableProps<R extends Scored> {
  rows: readonly R[];
  /** What the table says, for screen readers. */
  caption: string;
  /** What the rows are: `Token`, `Class`. */
  head: string;
  keyOf(row: R): number;
  /** The cell that names a row. */
  name(row: R): ReactNode;
  /** Whether ranks and logits are shown. */
  isDetailed: boolean;
}

/** Bars of less would be specks. */
const smallestBar = 0.005;

/** Choices with their probabilities in both runs, and the change as a bar. */
export function ScoreTable<R extends Scored>({ rows, caption, head, ...rest }: ScoreTableProps<R>) {
  const { keyOf, name, isDetailed } = rest;
  const scale = deltaScale(rows);
  return (
    <div className="compare-scroller">
      <table className="compare-table">
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            <th scope="col">{head}</th>
            <SideHead name="Clean" side="clean" isDetailed={isDetailed} />
            <SideHead name="Patched" side="patched" isDetailed={isDetailed} />
            <th scope="col" className="compare-delta-head">
              Δ <span className="unit">points</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <ScoreRow key={keyOf(row)} row={row} name={name(row)} scale={scale} isDetailed={isDetailed} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function SideHead({ name, side, isDetailed }: { name: string; side: string; isDetailed: boolean }) {
  return (
    <>
      <th scope="col" className="number" data-side={side}>
        {name}
      </th>
      {isDetailed && (
        <>
          <th scope="col" className="number">
            rank<span className="visually-hidden"> {name}</span>
          </th>
          <th scope="col" className="number">
            logit<span className="visually-hidden"> {name}</span>
          </th>
        </>
      )}
    </>
  );
}

interface ScoreRowProps {
  row: Scored;
  name: ReactNode;
  scale: number;
  isDetailed: boolean;
}

function ScoreRow({ row, name, scale, isDetailed }: ScoreRowProps) {
  const { clean, patched } = row;
  const delta = patched.probability - clean.probability;
  const { left, width } = deltaBar(delta, scale);
  return (
    <tr>
      <th scope="row">{name}</th>
      <ScoreCells score={clean} side="clean" isDetailed={isDetailed} />
      <ScoreCells score={patched} side="patched" isDetailed={isDetailed} />
      <td className="compare-delta">
        <div className="delta">
          <span className="delta-track" aria-hidden>
            <span
              className="delta-bar"
              data-sign={delta < 0 ? 'down' : 'up'}
              style={{ left: `${left}%`, width: `${width}%` }}
            />
          </span>
          <span className="number">{formatPoints(delta)}</span>
        </div>
      </td>
    </tr>
  );
}

function ScoreCells({ score, side, isDetailed }: { score: Score; side: string; isDetailed: boolean }) {
  return (
    <>
      <td className="number compare-share" data-side={side}>
        {score.probability >= smallestBar && (
          <span className="share-bar" aria-hidden style={{ '--share': score.probability } as CSSProperties} />
        )}
        {formatPercent(score.probability)}
      </td>
      {isDetailed && (
        <>
          <td className="number compare-extra">{score.rank}</td>
          <td className="number compare-extra">{formatFixed(score.logit)}</td>
        </>
      )}
    </>
  );
}
