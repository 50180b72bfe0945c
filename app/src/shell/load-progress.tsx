import type { LoadProgress } from '@patchbay/core/client';
import { formatBytes } from '@patchbay/ui';

const stages: Record<LoadProgress['stage'], string> = {
  download: 'Loading',
  trace: 'Tracing',
};

/** How far the loading of a model is. */
export function LoadProgressLine({ progress }: { progress: LoadProgress | null }) {
  const isMeasured = progress !== null && progress.total > 0;
  return (
    <span className="load-progress" role="status">
      <progress
        aria-label="Loading the model"
        {...(isMeasured && { value: progress.loaded, max: progress.total })}
      />
      {progress === null ? 'Loading' : stages[progress.stage]}
      {isMeasured && ` ${formatBytes(progress.loaded)} of ${formatBytes(progress.total)}`}
    </span>
  );
}
