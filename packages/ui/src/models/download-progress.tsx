import { describeLoading, type Loading } from './loading.js';
import { percentOf, spokenProgress } from './progress-words.js';

/** How far a download has come. It says so aloud at every tenth. */
export function DownloadProgress({ loading }: { loading: Loading }) {
  const { title, stage, progress, pause } = loading;
  const percent = progress && percentOf(progress);
  const isMeasured = stage === 'download' && progress !== null && percent !== null;
  return (
    <div className="download">
      <progress
        aria-label={`Download of ${title}`}
        {...(isMeasured && { value: progress.loaded, max: progress.total })}
      />
      <p className="download-words">
        <span>{stage === 'trace' ? 'All is here; tracing the model' : describeLoading(loading)}</span>
        {isMeasured && <span className="number">{percent} %</span>}
      </p>
      {pause !== null && <p className="plan-note">{pause}</p>}
      <p className="visually-hidden" role="status">
        {pause ?? spokenProgress(title, progress)}
      </p>
    </div>
  );
}
