import { useLibrary, useWorkbench, type Workbench } from '@patchbay/ui';
import { RotateCw, TriangleAlert, X } from 'lucide-react';

/** Says what failed, what is kept, and what to do. */
export function Banner({ workbench }: { workbench: Workbench }) {
  const failure = useWorkbench(workbench.state, (state) => state.failure);
  const isStopped = useWorkbench(workbench.state, ({ phase }) => phase === 'stopped');
  const hasModel = useWorkbench(workbench.state, ({ model }) => model !== null);
  const { library } = workbench;
  const canResume = useLibrary(
    library,
    ({ stage }) => stage.kind === 'planned' && stage.load.kind === 'failed' && !isStopped,
  );
  if (failure === null) return null;
  return (
    <div className="banner" role="alert">
      <TriangleAlert size={16} aria-hidden />
      <p>
        <strong>{isStopped ? 'The engine stopped.' : 'The model was not loaded.'}</strong> {failure.message}{' '}
        <span className="banner-kept">{failure.kept}</span> {failure.advice}
      </p>
      {canResume && hasModel && (
        <button type="button" className="button" onClick={() => void library.start()}>
          <RotateCw size={14} aria-hidden /> Try again
        </button>
      )}
      {isStopped || !hasModel ? (
        <button type="button" className="button" onClick={() => void workbench.start()}>
          <RotateCw size={14} aria-hidden /> {isStopped ? 'Restart the engine' : 'Try again'}
        </button>
      ) : (
        <button type="button" className="icon-button" aria-label="Dismiss" onClick={workbench.dismissFailure}>
          <X size={16} aria-hidden />
        </button>
      )}
    </div>
  );
}
