import { useId } from 'react';

export interface SliceFieldProps {
  slice: string;
  error: string | null;
  onSlice(slice: string): void;
}

/** The part of the tensor that a patch touches, in NumPy's notation. */
export function SliceField({ slice, error, onSlice }: SliceFieldProps) {
  const errorId = useId();
  return (
    <div className="patch-field">
      <label className="patch-bracket">
        <span aria-hidden>[</span>
        <input
          className="field"
          aria-label="Slice"
          aria-invalid={error !== null}
          aria-errormessage={error === null ? undefined : errorId}
          placeholder="all"
          title="NumPy slice, such as :, 1, -1 or ..., 2:5; empty means everything"
          spellCheck={false}
          autoCapitalize="off"
          value={slice}
          onChange={(event) => onSlice(event.target.value)}
        />
        <span aria-hidden>]</span>
      </label>
      {error !== null && (
        <p className="field-error" id={errorId} aria-live="polite">
          {error}
        </p>
      )}
    </div>
  );
}
