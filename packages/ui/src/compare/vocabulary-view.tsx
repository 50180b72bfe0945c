import type { OutputResult, Token, TokenRow } from '@patchbay/core/client';
import type { ReactNode } from 'react';
import { quoteToken, startsWord, visibleToken } from '../prompt/token-text.js';
import { AnswerLine } from './answer-line.js';
import { DetailSwitch, useDetail } from './detail-switch.js';
import { DivergenceMeasure } from './divergence.js';
import { hasNoAnswer, headlineOf } from './headline.js';
import { ScoreTable } from './score-table.js';

export interface VocabularyViewProps {
  output: Extract<OutputResult, { kind: 'vocabulary' }>;
  tokens: readonly Token[];
  /** Whether the model guesses the token at the position rather than the one after it. */
  isMasked: boolean;
  notice: ReactNode;
}

/** The token at a position, or the next one, by the clean and by the patched run. */
export function VocabularyView({ output, tokens, isMasked, notice }: VocabularyViewProps) {
  const detail = useDetail();
  const { rows, position, divergence } = output;
  const headline = headlineOf(rows);
  const at = quoteToken(tokens[position]?.text ?? '');
  return (
    <div className="compare">
      <div className="compare-head">
        {headline && !hasNoAnswer(output) && (
          <AnswerLine
            caption={`Most probable token ${isMasked ? 'in the place of' : 'after'} ${at}`}
            headline={headline}
            text={({ token }) => visibleToken(token.text)}
          />
        )}
        <DivergenceMeasure nats={divergence} />
      </div>
      {notice}
      <ScoreTable
        rows={rows}
        caption={`${isMasked ? 'Tokens' : 'Next tokens'}, clean against patched`}
        head="Token"
        keyOf={({ token }) => token.id}
        name={tokenName}
        isDetailed={detail.isOn}
      />
      <DetailSwitch {...detail} />
    </div>
  );
}

function tokenName({ token }: TokenRow) {
  return (
    <span className="compare-token" data-word={startsWord(token.text) || undefined} title={`id ${token.id}`}>
      {visibleToken(token.text)}
    </span>
  );
}
