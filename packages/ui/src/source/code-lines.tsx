import { useEffect, useMemo, useRef } from 'react';
import { highlightLines } from './highlight.js';

export interface CodeLinesProps {
  label: string;
  text: string;
  /** First and last line to mark, counted from 1; the view scrolls to them. */
  marked: readonly [first: number, last: number] | null;
}

/** Code with line numbers, of which some lines are marked. */
export function CodeLines({ label, text, marked }: CodeLinesProps) {
  const scroller = useRef<HTMLElement>(null);
  const lines = useMemo(() => highlightLines(text.trimEnd()), [text]);
  const [first, last] = marked ?? [0, 0];

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new text is scrolled, too
  useEffect(() => {
    const box = scroller.current;
    const line = box?.querySelector<HTMLElement>('[data-marked]');
    if (box && line) box.scrollTop = line.offsetTop - box.clientHeight / 4;
  }, [text, first, last]);

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the region scrolls
    <section className="code-lines" aria-label={label} tabIndex={0} ref={scroller}>
      <pre>
        {lines.map((pieces, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a line is its number
          <span key={at} className="code-line" data-marked={(at + 1 >= first && at + 1 <= last) || undefined}>
            <span className="code-number" aria-hidden>
              {at + 1}
            </span>
            <code>
              {pieces.map((piece, part) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a piece is its place in the line
                <span key={part} data-ink={piece.ink === 'plain' ? undefined : piece.ink}>
                  {piece.text}
                </span>
              ))}
              {'\n'}
            </code>
          </span>
        ))}
      </pre>
    </section>
  );
}
