import { useId } from 'react';

export interface TokenFieldProps {
  token: string;
  onToken(token: string): void;
}

/** Takes an access token of the Hub. */
export function TokenField({ token, onToken }: TokenFieldProps) {
  const id = useId();
  return (
    <div className="token-field">
      <label htmlFor={id}>Access token</label>
      <input
        id={id}
        className="field"
        type="password"
        placeholder="hf_…"
        autoComplete="off"
        value={token}
        aria-describedby={`${id}-note`}
        onChange={(event) => onToken(event.target.value)}
      />
      <p id={`${id}-note`} className="source-note">
        For private and gated models. It goes to huggingface.co alone and is forgotten with this page.
      </p>
    </div>
  );
}
