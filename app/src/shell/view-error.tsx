import type { FallbackProps } from 'react-error-boundary';

/** Stands in for one view of the results when it could not be loaded or drawn. */
export function ViewError({ error, resetErrorBoundary }: FallbackProps) {
  return (
    <div className="empty" role="alert">
      <p>This view could not be drawn. {error instanceof Error ? error.message : String(error)}</p>
      <p>Your input and patches are kept, and the other views work.</p>
      <button type="button" className="button" onClick={resetErrorBoundary}>
        Draw it again
      </button>
    </div>
  );
}
