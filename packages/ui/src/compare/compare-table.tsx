import type { TokenRow, TokenScore } from '@patchbay/core/client';
import type { CSSProperties } from 'react';
import { formatFixed, formatPercent, formatPoints } from '../base/format.js';
import { startsWord, visibleToken } from '../prompt/token-text.js';
import { deltaBar, deltaScale } from './headline.js';

export interface CompareTableProps {
  rows: readonly TokenRow[];
  /** Whether ranks and logits are shown. */
  isDetailed: boolean;
}

/** Bars of less would be specks. */
const smallestBar = 0.005;

/** Tokens with their probabilities in both runs, and the change as a bar. */
export function CompareTable({ rows, isDetailed }: CompareTableProps) {
  const scale = deltaScale(rows);
  return (
    <div className="compare-scroller">
      <table className="compare-table">
        <caption className="visually-hidden">Next tokens, clean against patched</caption>
        <thead>
          <tr>
            <th scope="col">Token</th>
            <SideHead name="Clean" side="clean" isDetailed={isDetailed} />
            <SideHead name="Patched" side="patched" isDetailed={isDetailed} />
            <th scope="col" className="compare-delta-head">
              Δ <span className="unit">points</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <CompareRow key={row.token.id} row={row} scale={scale} isDetailed={isDetailed} />
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

function CompareRow({ row, scale, isDetailed }: { row: TokenRow; scale: number; isDetailed: boolean }) {
  const { token, clean, patched } = row;
  const delta = patched.probability - clean.probability;
  const { left, width } = deltaBar(delta, scale);
  return (
    <tr>
      <th scope="row">
        <span
          className="compare-token"
          data-word={startsWord(token.text) || undefined}
          title={`id ${token.id}`}
        >
          {visibleToken(token.text)}
        </span>
      </th>
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

function ScoreCells({ score, side, isDetailed }: { score: TokenScore; side: string; isDetailed: boolean }) {
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
