import type { FallbackProps } from 'react-error-boundary';

/** Stands in for the page when drawing it failed. */
export function PageError({ error, resetErrorBoundary }: FallbackProps) {
  return (
    <main className="page-error" role="alert">
      <h1>The page could not be drawn</h1>
      <p>{error instanceof Error ? error.message : String(error)}</p>
      <p>Your input and patches are kept.</p>
      <button type="button" className="button button-primary" onClick={resetErrorBoundary}>
        Draw it again
      </button>
    </main>
  );
}
