import { describeLoading, type Loading, spokenProgress } from '@patchbay/ui';
import { X } from 'lucide-react';

export interface LoadProgressLineProps {
  loading: Loading;
  onCancel(): void;
}

/** How far the loading of a model is, wherever the page is. */
export function LoadProgressLine({ loading, onCancel }: LoadProgressLineProps) {
  const { title, stage, progress } = loading;
  const isMeasured = stage === 'download' && progress !== null && progress.total > 0;
  return (
    <span className="load-progress">
      <progress
        aria-label="Loading the model"
        {...(isMeasured && { value: progress.loaded, max: progress.total })}
      />
      <span className="load-words">{describeLoading(loading)}</span>
      <span className="visually-hidden" role="status">
        {spokenProgress(title, progress)}
      </span>
      {stage === 'download' && (
        <button
          type="button"
          className="icon-button"
          aria-label={`Cancel loading ${title}`}
          onClick={onCancel}
        >
          <X size={14} aria-hidden />
        </button>
      )}
    </span>
  );
}
