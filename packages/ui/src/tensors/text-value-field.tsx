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

/** Text that stands for a value. Text that does not stays with the reason, and the value stays as it was. */
export function TextValueField<T>({
  label,
  value,
  rows,
  format,
  parse,
  onValue,
  ...rest
}: TextValueFieldProps<T>) {
  const [draft, setDraft] = useState<string | null>(null);
  const errorId = useId();
  const written = format(value);
  const parsed = draft === null ? null : parse(draft);
  // After an undo a draft may stand for a value that is no longer the one.
  const isOutdated = parsed !== null && parsed.error === null && format(parsed.value) !== written;
  const isDraft = draft !== null && !isOutdated;
  const error = (isDraft ? parsed?.error : null) ?? rest.error ?? null;
  const shared = {
    className: 'field',
    'aria-label': label,
    'aria-invalid': error !== null,
    'aria-errormessage': error === null ? undefined : errorId,
    placeholder: rest.placeholder,
    spellCheck: false,
    value: isDraft ? draft : written,
    onBlur: () => parsed?.error === null && setDraft(null),
  };

  function change(text: string): void {
    setDraft(text);
    const next = parse(text);
    if (next.error === null) onValue(next.value);
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
