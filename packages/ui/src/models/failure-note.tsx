import { TriangleAlert } from 'lucide-react';
import type { Failure } from '../store/failure.js';

/** Says what failed, what is kept, and what to do. */
export function FailureNote({ title, failure }: { title: string; failure: Failure }) {
  return (
    <div className="failure-note" role="alert">
      <TriangleAlert size={16} aria-hidden />
      <p>
        <strong>{title}</strong> <Linked text={failure.message} /> {failure.kept} {failure.advice}
      </p>
    </div>
  );
}

/** Text whose addresses of the Hub are links, which open apart. */
function Linked({ text }: { text: string }) {
  return text.split(/(https:\/\/huggingface\.co\/[\w./-]*\w)/).map((part, index) =>
    index % 2 === 0 ? (
      part
    ) : (
      <a key={part} href={part} target="_blank" rel="noreferrer">
        {part}
      </a>
    ),
  );
}
