import { useId, useState } from 'react';
import { formatPatchValue, type PatchValue, parseValue } from './value-text.js';

export interface ValueFieldProps {
  value: PatchValue;
  /** What the engine found wrong with the value. */
  error: string | null;
  onValue(value: PatchValue): void;
}

/** A number or nested list. Text that is none stays in the field with the reason; the value stays as it was. */
export function ValueField({ value, error, onValue }: ValueFieldProps) {
  const [draft, setDraft] = useState<string | null>(null);
  const errorId = useId();
  const written = formatPatchValue(value);
  const parsed = draft === null ? null : parseValue(draft);
  // After an undo a draft may stand for a value that is no longer the patch's.
  const isOutdated = parsed?.value != null && formatPatchValue(parsed.value) !== written;
  const text = draft === null || isOutdated ? written : draft;
  const shownError = (isOutdated ? null : parsed?.error) ?? error;

  function change(next: string): void {
    setDraft(next);
    const result = parseValue(next);
    if (result.value !== null) onValue(result.value);
  }

  return (
    <div className="patch-field patch-value">
      <label className="patch-bracket">
        <span aria-hidden>=</span>
        <input
          className="field"
          aria-label="Value"
          aria-invalid={shownError !== null}
          aria-errormessage={shownError === null ? undefined : errorId}
          title="A number, or a list such as [1, 2, 3] that broadcasts to the slice"
          spellCheck={false}
          value={text}
          onChange={(event) => change(event.target.value)}
          onBlur={() => parsed?.error == null && setDraft(null)}
        />
      </label>
      {shownError !== null && (
        <p className="field-error" id={errorId} aria-live="polite">
          {shownError}
        </p>
      )}
    </div>
  );
}
