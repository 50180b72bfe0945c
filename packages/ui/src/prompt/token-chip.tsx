import type { Token } from '@patchbay/core/client';
import { quoteToken, startsWord, visibleToken } from './token-text.js';

export interface TokenChipProps {
  token: Token;
  position: number;
  /** Whether choosing it compares what comes after it or what stands in its place; null if it cannot be chosen. */
  comparison: 'after' | 'at' | null;
  isChosen: boolean;
  onChoose(): void;
}

const labels = { after: 'Compare after', at: 'Compare at' };

const hints = {
  after: 'Click to compare what comes after it',
  at: 'Click to compare what stands in its place',
};

/** One token of the prompt. */
export function TokenChip({ token, position, comparison, isChosen, onChoose }: TokenChipProps) {
  const description = `${quoteToken(token.text)} · id ${token.id} · position ${position}`;
  if (comparison === null) {
    return (
      <li className="token-chip" data-word={startsWord(token.text) || undefined} title={description}>
        {visibleToken(token.text)}
      </li>
    );
  }
  return (
    <li>
      <button
        type="button"
        className="token-chip"
        data-word={startsWord(token.text) || undefined}
        aria-pressed={isChosen}
        aria-label={`${labels[comparison]} ${description}`}
        title={`${description}\n${hints[comparison]}`}
        onClick={onChoose}
      >
        {visibleToken(token.text)}
      </button>
    </li>
  );
}
