import { ArrowRight, Equal } from 'lucide-react';
import { formatPercent } from '../base/format.js';
import type { Headline, Scored } from './headline.js';

export interface AnswerLineProps<R extends Scored> {
  /** What is answered. */
  caption: string;
  headline: Headline<R>;
  text(row: R): string;
}

/** The most probable choice of the clean run and what it becomes. */
export function AnswerLine<R extends Scored>({ caption, headline, text }: AnswerLineProps<R>) {
  const { clean, patched, isSame } = headline;
  return (
    <div className="answer">
      <p className="answer-caption">{caption}</p>
      <p className="answer-line">
        <span className="answer-token" data-side="clean" data-testid="top-clean">
          {text(clean)}
        </span>
        <span className="answer-share">{formatPercent(clean.clean.probability)}</span>
        {isSame ? (
          <Equal className="answer-arrow" aria-label="stays" />
        ) : (
          <ArrowRight className="answer-arrow" aria-label="becomes" />
        )}
        <span className="answer-token" data-side="patched" data-testid="top-patched">
          {text(patched)}
        </span>
        <span className="answer-share">{formatPercent(patched.patched.probability)}</span>
      </p>
    </div>
  );
}
