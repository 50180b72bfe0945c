import { useId, useState } from 'react';
import type { Parsed } from './shape-text.js';

export interface TextValueFieldProps<T> {
  label: string;
  value: T;
  /** What is wrong with the value itself, whatever the text. */
  error?: string | null;
  placeholder?: string;
  /** Rows of a field of several lines; 1 for a line. */
  rows: number;
  format(value: T): string;
  parse(text: string): Parsed<T>;
  onValue(value: T): void;
}

/**
 * Text that stands for a value, which has to come back as it was given. Text that stands for none stays with the
 * reason, and the value stays as it was.
 */
export function TextValueField<T>({
  label,
  value,
  rows,
  format,
  parse,
  onValue,
  ...rest
}: TextValueFieldProps<T>) {
  const [draft, setDraft] = useState<{ text: string; value: T } | null>(null);
  const errorId = useId();
  // After an undo, or a value from elsewhere, a draft stands for a value that is no longer the one.
  const text = draft !== null && draft.value === value ? draft.text : null;
  const parsed = text === null ? null : parse(text);
  const error = parsed?.error ?? rest.error ?? null;
  const shared = {
    className: 'field',
    'aria-label': label,
    'aria-invalid': error !== null,
    'aria-errormessage': error === null ? undefined : errorId,
    placeholder: rest.placeholder,
    spellCheck: false,
    value: text ?? format(value),
    onBlur: () => parsed?.error === null && setDraft(null),
  };

  function change(next: string): void {
    const result = parse(next);
    setDraft({ text: next, value: result.error === null ? result.value : value });
    if (result.error === null) onValue(result.value);
  }

  return (
    <div className="text-value">
      {rows === 1 ? (
        <input {...shared} onChange={({ target }) => change(target.value)} />
      ) : (
        <textarea {...shared} rows={rows} onChange={({ target }) => change(target.value)} />
      )}
      {error !== null && (
        <p className="field-error" id={errorId} aria-live="polite">
          {error}
        </p>
      )}
    </div>
  );
}
