import type { FormEvent } from 'react';
import type { Failure } from '../store/failure.js';
import { FailureNote } from './failure-note.js';
import { TokenField } from './token-field.js';

export interface RefusalViewProps {
  failure: Failure;
  token: string;
  onToken(token: string): void;
  onRetry(): void;
  onBack(): void;
}

/** Why nothing could be found out about a model; where a token may help, it is taken right here. */
export function RefusalView({ failure, token, onToken, onRetry, onBack }: RefusalViewProps) {
  function submit(event: FormEvent): void {
    event.preventDefault();
    onRetry();
  }
  return (
    <form className="plan" onSubmit={submit}>
      <FailureNote title="It cannot be opened." failure={failure} />
      {failure.code === 'access' && <TokenField token={token} onToken={onToken} />}
      <div className="modal-actions">
        <button type="submit" className="button button-primary">
          Try again
        </button>
        <button type="button" className="button button-quiet" onClick={onBack}>
          Another model
        </button>
      </div>
    </form>
  );
}
