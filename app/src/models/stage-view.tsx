import { PlanView, RefusalView, useLibrary, useWorkbench, type Workbench } from '@patchbay/ui';
import { useEffect, useRef } from 'react';
import { FindPage } from './find-page.js';

/** What the choice of a model has come to. */
export function StageView({ workbench }: { workbench: Workbench }) {
  const { library } = workbench;
  const stage = useLibrary(library, (state) => state.stage);
  const token = useLibrary(library, (state) => state.token);
  const loading = useWorkbench(workbench.state, (state) => state.loading);
  return (
    <>
      {/* It stays, so that what was typed is there again. */}
      <div hidden={stage.kind !== 'choose'}>
        <FindPage workbench={workbench} />
      </div>
      {stage.kind !== 'choose' && <StageTitle key={stage.kind} title={stage.choice.title} />}
      {stage.kind === 'planning' && (
        <div className="plan">
          <p role="status">Reading what it is and what it needs …</p>
          <div className="modal-actions">
            <button type="button" className="button" onClick={library.cancel}>
              Cancel
            </button>
          </div>
        </div>
      )}
      {stage.kind === 'refused' && (
        <RefusalView
          failure={stage.failure}
          token={token}
          onToken={library.setToken}
          onRetry={() => void library.choose(stage.choice)}
          onBack={library.back}
        />
      )}
      {stage.kind === 'planned' && (
        <PlanView
          planned={stage}
          loading={loading}
          onWeights={library.setWeights}
          onStart={() => void library.start()}
          onCancel={library.cancel}
          onBack={library.back}
          onHide={library.close}
        />
      )}
    </>
  );
}

/** It takes the focus, which was on something that is gone. */
function StageTitle({ title }: { title: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <h3 ref={heading} tabIndex={-1} className="stage-title">
      {title}
    </h3>
  );
}
