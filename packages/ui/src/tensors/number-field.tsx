import { useId, useState } from 'react';

export interface NumberFieldProps {
  label: string;
  value: number;
  onValue(value: number): void;
}

/** A number to type. Text that is none stays with the reason, and the number stays as it was. */
export function NumberField({ label, value, onValue }: NumberFieldProps) {
  const [draft, setDraft] = useState<string | null>(null);
  const errorId = useId();
  const parsed = draft === null || draft.trim() === '' ? Number.NaN : Number(draft);
  const isWrong = draft !== null && !Number.isFinite(parsed);
  // After an undo a draft may stand for a number that is no longer the one.
  const text = draft !== null && (isWrong || parsed === value) ? draft : String(value);

  return (
    <label className="number-field">
      <span>{label}</span>
      <input
        className="field"
        inputMode="decimal"
        aria-invalid={isWrong}
        aria-errormessage={isWrong ? errorId : undefined}
        spellCheck={false}
        value={text}
        onChange={({ target }) => {
          setDraft(target.value);
          const next = Number(target.value);
          if (target.value.trim() !== '' && Number.isFinite(next)) onValue(next);
        }}
        onBlur={() => !isWrong && setDraft(null)}
      />
      {isWrong && (
        <span className="field-error" id={errorId} aria-live="polite">
          {draft.trim() === '' ? 'Type a number.' : `“${draft.trim()}” is no number.`}
        </span>
      )}
    </label>
  );
}
