import type { ModelPlan } from '@patchbay/core/client';
import { formatCount } from '../base/format.js';
import { describeNotice } from './loading.js';
import { describeDownload, describeStorage, taskTitles } from './plan-words.js';

/** What is known of a model before it is downloaded. */
export function PlanFacts({ plan }: { plan: ModelPlan }) {
  const storage = describeStorage(plan);
  const notices = plan.notices.filter(({ kind }) => kind !== 'retry').map(describeNotice);
  return (
    <dl className="plan-facts">
      <dt>Model</dt>
      <dd>
        {taskTitles[plan.task]} · {plan.architecture} · {formatCount(plan.parameterCount)} parameters
      </dd>
      <dt>From</dt>
      <dd className="plan-name">{plan.name}</dd>
      <dt>Download</dt>
      <dd>
        {describeDownload(plan)}
        {[storage, ...notices].map(
          (note) =>
            note !== null && (
              <span key={note} className="plan-note">
                {' '}
                {note}
              </span>
            ),
        )}
      </dd>
    </dl>
  );
}
