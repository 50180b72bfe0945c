import type { SourceView as Source } from '@patchbay/core/client';
import type { Inspected } from '../store/state.js';
import { CodeLines } from './code-lines.js';
import './source.css';

export interface SourceViewProps {
  /** Path of the selected node, or null. */
  path: string | null;
  source: Inspected<Source>;
}

/** The author's code of the selected node, and what the trace made of it. */
export default function SourceView({ path, source: { value, error } }: SourceViewProps) {
  if (path === null) return <p className="empty">Select a node in the tree to see the code that made it.</p>;
  if (error !== null) {
    return (
      <p className="empty" role="alert">
        The source could not be read. {error}
      </p>
    );
  }
  if (value === null || value.path !== path) return <p className="empty">Reading the source …</p>;
  const { file, text, lines, functionName, code } = value;
  return (
    <div className="source">
      <header className="source-head">
        <h2 className="source-file">{file ?? 'No source file is known'}</h2>
        <p>
          {functionName !== null && <code>{functionName}</code>}
          {lines !== null && ` ${lineWords(lines)}`}
        </p>
      </header>
      {text !== null && <CodeLines label={`Source ${file ?? ''}`} text={text} marked={lines} />}
      <h3 className="source-subhead">As traced</h3>
      {code.trim() === '' ? (
        <p className="empty">Nothing is computed here: the value comes from outside.</p>
      ) : (
        <CodeLines label="Code of the node" text={code} marked={null} />
      )}
    </div>
  );
}

function lineWords([first, last]: readonly [number, number]): string {
  return first === last ? `line ${first}` : `lines ${first}–${last}`;
}
