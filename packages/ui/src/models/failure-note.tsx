import { TriangleAlert } from 'lucide-react';
import type { Failure } from '../store/failure.js';

/** Says what failed, what is kept, and what to do. */
export function FailureNote({ title, failure }: { title: string; failure: Failure }) {
  return (
    <div className="failure-note" role="alert">
      <TriangleAlert size={16} aria-hidden />
      <p>
        <strong>{title}</strong> {failure.message} {failure.kept} {failure.advice}
      </p>
    </div>
  );
}
