import { type FormEvent, useId, useState } from 'react';
import type { ModelChoice } from './choice.js';
import { readSourceText } from './source-text.js';
import { TokenField } from './token-field.js';

export interface SourceFormProps {
  token: string;
  onToken(token: string): void;
  onChoose(choice: ModelChoice): void;
}

/** Takes the name or address of a model, and explains what it cannot read, but not while it is typed. */
export function SourceForm({ token, onToken, onChoose }: SourceFormProps) {
  const [text, setText] = useState('');
  const [revision, setRevision] = useState('');
  const [isChecked, setChecked] = useState(false);
  const id = useId();
  const read = readSourceText(text, revision);
  const error = isChecked && read.kind === 'problem' ? read.message : null;

  function submit(event: FormEvent): void {
    event.preventDefault();
    setChecked(true);
    if (read.kind === 'source') onChoose({ title: read.title, source: read.source });
  }

  return (
    <form className="source-form" onSubmit={submit}>
      <label htmlFor={id}>Hugging Face model or address</label>
      <div className="source-line">
        <input
          id={id}
          className="field source-text"
          type="text"
          placeholder="owner/name, or https://…"
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          value={text}
          aria-invalid={error !== null}
          aria-describedby={`${id}-note`}
          data-first-focus
          onChange={(event) => {
            setText(event.target.value);
            setChecked(false);
          }}
          onBlur={() => setChecked(true)}
        />
        <button type="submit" className="button" disabled={read.kind === 'empty'}>
          Look it up
        </button>
      </div>
      <p id={`${id}-note`} className={error === null ? 'source-note' : 'field-error'} aria-live="polite">
        {error ?? noteFor(read)}
      </p>
      <details className="source-more">
        <summary>Revision and access token</summary>
        <div className="source-fields">
          <label>
            Revision
            <input
              className="field"
              type="text"
              placeholder="main"
              autoComplete="off"
              autoCapitalize="off"
              spellCheck={false}
              value={revision}
              onChange={(event) => setRevision(event.target.value)}
            />
          </label>
          <TokenField token={token} onToken={onToken} />
        </div>
      </details>
    </form>
  );
}

function noteFor(read: ReturnType<typeof readSourceText>): string {
  if (read.kind === 'source') return `${read.title}, ${read.words}`;
  return 'A model on the Hub, the address of a folder with config.json, or the model.json of a TensorFlow.js model.';
}
