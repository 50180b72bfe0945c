import type { WeightKind } from '@patchbay/core/client';
import { useEffect, useId, useRef } from 'react';
import { formatBytes } from '../base/format.js';
import { DownloadProgress } from './download-progress.js';
import { FailureNote } from './failure-note.js';
import { type LoadState, type Planned, problemOf } from './library.js';
import { beginLoading, type Loading } from './loading.js';
import { PlanFacts } from './plan-facts.js';
import { adviceFor, bytesToCome, describeDevice } from './plan-words.js';
import { describeProgress } from './progress-words.js';
import { WeightsChoice } from './weights-choice.js';

export interface PlanViewProps {
  planned: Planned;
  /** The load that is under way, if it is. */
  loading: Loading | null;
  onWeights(weights: WeightKind): void;
  onStart(): void;
  onCancel(): void;
  onBack(): void;
  onHide(): void;
}

/** What a model needs, whether it fits, and its download. */
export function PlanView({ planned, loading, onWeights, onStart, onCancel, onBack, onHide }: PlanViewProps) {
  const { plan, weights, choice, load } = planned;
  const reason = useId();
  const problem = problemOf(planned);
  const isUnderWay = load.kind === 'under-way';
  const start = useRef<HTMLButtonElement>(null);
  // The button that stopped it is gone.
  useEffect(() => {
    if (load.kind === 'stopped' || load.kind === 'failed') start.current?.focus();
  }, [load.kind]);
  return (
    <div className="plan">
      <PlanFacts plan={plan} />
      <WeightsChoice
        plans={plan.weights}
        device={describeDevice(plan)}
        value={weights}
        isDisabled={isUnderWay}
        onChange={onWeights}
      />
      {problem !== null && (
        <p className="plan-problem" id={reason}>
          {problem} {adviceFor(plan)}
        </p>
      )}
      <Outcome load={load} />
      {isUnderWay && <DownloadProgress loading={loading ?? beginLoading(choice.title)} />}
      <div className="modal-actions">
        <button
          ref={start}
          type="button"
          className="button button-primary"
          // Where a button is disabled, the focus is lost.
          aria-disabled={isUnderWay || problem !== null}
          aria-describedby={problem === null ? undefined : reason}
          onClick={onStart}
        >
          {startWords(planned)}
        </button>
        {isUnderWay ? (
          <>
            <button type="button" className="button button-quiet" onClick={onHide}>
              Go on in the background
            </button>
            <button type="button" className="button" onClick={onCancel}>
              Cancel
            </button>
          </>
        ) : (
          <button type="button" className="button button-quiet" onClick={onBack}>
            Another model
          </button>
        )}
      </div>
    </div>
  );
}

function Outcome({ load }: { load: LoadState }) {
  if (load.kind === 'failed') return <FailureNote title="It was not loaded." failure={load.failure} />;
  if (load.kind !== 'stopped') return null;
  const { progress, notices } = load.loading ?? { progress: null, notices: [] };
  return (
    <div role="status">
      <p>
        Stopped{progress !== null && ` at ${describeProgress({ ...progress, rate: 0, secondsLeft: null })}`}.
        What has arrived is kept.
      </p>
      {notices.map((notice) => (
        <p key={notice} className="plan-note">
          {notice}
        </p>
      ))}
    </div>
  );
}

function startWords({ plan, load }: Planned): string {
  if (load.kind === 'under-way') return 'Downloading …';
  if (load.kind === 'stopped') return 'Resume';
  if (load.kind === 'failed') return 'Try again';
  const left = bytesToCome(plan);
  if (left === 0) return 'Open';
  return left === null ? 'Download and open' : `Download ${formatBytes(left)} and open`;
}
