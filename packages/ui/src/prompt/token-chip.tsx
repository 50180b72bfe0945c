import type { Token } from '@patchbay/core/client';
import { quoteToken, startsWord, visibleToken } from './token-text.js';

export interface TokenChipProps {
  token: Token;
  position: number;
  isChosen: boolean;
  onChoose(): void;
}

/** One token of the prompt; choosing it compares what comes after it. */
export function TokenChip({ token, position, isChosen, onChoose }: TokenChipProps) {
  const description = `${quoteToken(token.text)} · id ${token.id} · position ${position}`;
  return (
    <li>
      <button
        type="button"
        className="token-chip"
        data-word={startsWord(token.text) || undefined}
        aria-pressed={isChosen}
        aria-label={`Compare after ${description}`}
        title={`${description}\nClick to compare what comes after it`}
        onClick={onChoose}
      >
        {visibleToken(token.text)}
      </button>
    </li>
  );
}
