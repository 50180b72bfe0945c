import type { RunResult } from '@patchbay/core/client';
import { ArrowRight, Equal } from 'lucide-react';
import { useState } from 'react';
import { formatFixed, formatPercent } from '../base/format.js';
import { quoteToken, visibleToken } from '../prompt/token-text.js';
import { CompareTable } from './compare-table.js';
import { type Headline, hasNoAnswer, headlineOf } from './headline.js';
import './compare.css';

export interface CompareViewProps {
  result: RunResult | null;
  /** How many patches take part in runs. */
  activePatches: number;
}

/** The next token by the clean and by the patched run. */
export function CompareView({ result, activePatches }: CompareViewProps) {
  const [isDetailed, setDetailed] = useState(false);
  if (result === null) return <p className="empty">The comparison appears here after the first run.</p>;
  const headline = headlineOf(result);
  const before = result.tokens[result.position]?.text ?? '';
  return (
    <div className="compare">
      <div className="compare-head">
        {headline && !hasNoAnswer(result) && <AnswerLine headline={headline} before={before} />}
        <dl className="compare-measure">
          <dt title="Kullback–Leibler divergence of the two next-token distributions, in nats">
            KL(clean ‖ patched)
          </dt>
          <dd className="number">{formatFixed(result.divergence)} nats</dd>
        </dl>
      </div>
      <Notice result={result} activePatches={activePatches} />
      <CompareTable rows={result.rows} isDetailed={isDetailed} />
      <label className="check compare-detail">
        <input type="checkbox" checked={isDetailed} onChange={() => setDetailed(!isDetailed)} />
        Ranks and logits
      </label>
    </div>
  );
}

function AnswerLine({ headline, before }: { headline: Headline; before: string }) {
  const { clean, patched, isSame } = headline;
  return (
    <div className="answer">
      <p className="answer-caption">Most probable token after {quoteToken(before)}</p>
      <p className="answer-line">
        <span className="answer-token" data-side="clean" data-testid="top-clean">
          {visibleToken(clean.token.text)}
        </span>
        <span className="answer-share">{formatPercent(clean.clean.probability)}</span>
        {isSame ? (
          <Equal className="answer-arrow" aria-label="stays" />
        ) : (
          <ArrowRight className="answer-arrow" aria-label="becomes" />
        )}
        <span className="answer-token" data-side="patched" data-testid="top-patched">
          {visibleToken(patched.token.text)}
        </span>
        <span className="answer-share">{formatPercent(patched.patched.probability)}</span>
      </p>
    </div>
  );
}

function Notice({ result, activePatches }: { result: RunResult; activePatches: number }) {
  const { issues } = result;
  if (issues.length > 0) {
    const which = issues.length === 1 ? 'A patch does' : `${issues.length} patches do`;
    return (
      <p className="compare-notice" data-kind="error" role="status">
        {which} not fit, so nothing is patched. The reason stands at its field in the list of patches.
      </p>
    );
  }
  if (hasNoAnswer(result)) {
    return (
      <p className="compare-notice" data-kind="error" role="status">
        The patched logits are not numbers: a patch makes values that are too large to compute with. Make its
        value smaller.
      </p>
    );
  }
  if (activePatches > 0) return null;
  return (
    <p className="compare-notice" role="status">
      No patch is on, so both runs are the clean one. Select a node and press <kbd>p</kbd> to patch it.
    </p>
  );
}
