import { useId, useState } from 'react';

export interface NumberFieldProps {
  label: string;
  value: number;
  onValue(value: number): void;
}

/** A number to type. Text that is none stays with the reason, and the number stays as it was. */
export function NumberField({ label, value, onValue }: NumberFieldProps) {
  const [draft, setDraft] = useState<{ text: string; value: number } | null>(null);
  const errorId = useId();
  // After an undo a draft stands for a number that is no longer the one.
  const text = draft !== null && draft.value === value ? draft.text : null;
  const isWrong = text !== null && numberIn(text) === null;

  function change(next: string): void {
    const parsed = numberIn(next);
    setDraft({ text: next, value: parsed ?? value });
    if (parsed !== null) onValue(parsed);
  }

  return (
    <label className="number-field">
      <span>{label}</span>
      <input
        className="field"
        inputMode="decimal"
        aria-invalid={isWrong}
        aria-errormessage={isWrong ? errorId : undefined}
        spellCheck={false}
        value={text ?? String(value)}
        onChange={({ target }) => change(target.value)}
        onBlur={() => !isWrong && setDraft(null)}
      />
      {isWrong && (
        <span className="field-error" id={errorId} aria-live="polite">
          {text.trim() === '' ? 'Type a number.' : `“${text.trim()}” is no number.`}
        </span>
      )}
    </label>
  );
}

function numberIn(text: string): number | null {
  const value = Number(text);
  return text.trim() === '' || !Number.isFinite(value) ? null : value;
}
