import type { Token } from '@patchbay/core/client';
import { useId, useLayoutEffect, useRef } from 'react';
import { TokenChip } from './token-chip.js';
import './prompt.css';

export interface PromptEditorProps {
  text: string;
  /** Tokens of the latest run. */
  tokens: readonly Token[];
  /** The position compared, counted from 0; null where outputs are not compared by position. */
  position: number | null;
  /** Why the prompt could not be run. */
  error: string | null;
  /** Longest prompt of the model, or null while there is none. */
  contextLength: number | null;
  /** What stands for a token that the model is to guess, or null for models that guess the next one. */
  mask: string | null;
  onText(text: string): void;
  onPosition(position: number): void;
}

/** The prompt as text, and below it as tokens of which one can be chosen. */
export function PromptEditor({
  text,
  tokens,
  position,
  error,
  contextLength,
  mask,
  ...act
}: PromptEditorProps) {
  const area = useRef<HTMLTextAreaElement>(null);
  const errorId = useId();

  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows the text
  useLayoutEffect(() => {
    const element = area.current;
    if (element === null) return;
    element.style.height = 'auto';
    element.style.height = `${element.scrollHeight + 2}px`;
  }, [text]);

  return (
    <div className="prompt">
      <textarea
        ref={area}
        className="field prompt-text"
        aria-label="Prompt"
        aria-invalid={error !== null}
        aria-errormessage={error === null ? undefined : errorId}
        rows={1}
        spellCheck={false}
        value={text}
        onChange={(event) => act.onText(event.target.value)}
      />
      {error !== null && (
        <p className="field-error" id={errorId} role="alert">
          {error}
          {tokens.length > 0 && ' The last result is kept below.'}
        </p>
      )}
      {mask !== null && !text.includes(mask) && (
        <p className="prompt-note">
          Write <code>{mask}</code> in the place of a word to have it guessed.
        </p>
      )}
      <div className="prompt-tokens">
        <ol aria-label="Tokens of the prompt" className="token-chips">
          {tokens.map((token, at) => (
            <TokenChip
              // biome-ignore lint/suspicious/noArrayIndexKey: a token is its position
              key={at}
              token={token}
              position={at}
              comparison={position === null ? null : mask === null ? 'after' : 'at'}
              isChosen={at === position}
              onChoose={() => act.onPosition(at === tokens.length - 1 ? -1 : at)}
            />
          ))}
        </ol>
        {contextLength !== null && tokens.length > 0 && (
          <span className="prompt-count" title="Tokens of the prompt, and the most that the model reads">
            {tokens.length}/{contextLength}
          </span>
        )}
      </div>
    </div>
  );
}
