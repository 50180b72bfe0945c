import type { WeightKind, WeightPlan } from '@patchbay/core/client';
import { useId } from 'react';
import { formatBytes } from '../base/format.js';
import { noteFor, weightTitles } from './plan-words.js';

export interface WeightsChoiceProps {
  plans: readonly WeightPlan[];
  /** What the device may hold, in words. */
  device: string;
  value: WeightKind;
  isDisabled: boolean;
  onChange(kind: WeightKind): void;
}

/** How the weights are kept, with the memory that it takes. What does not fit can be chosen, to learn why not. */
export function WeightsChoice({ plans, device, value, isDisabled, onChange }: WeightsChoiceProps) {
  const name = useId();
  const remark = plans.find(({ kind }) => kind === value)?.remark ?? null;
  return (
    <fieldset className="weights" disabled={isDisabled}>
      <legend>Memory for the weights</legend>
      {plans.map((plan) => (
        <label key={plan.kind} className="weights-kind" data-unfit={plan.problem !== null || undefined}>
          <input
            type="radio"
            name={name}
            checked={plan.kind === value}
            onChange={() => onChange(plan.kind)}
          />
          <span className="weights-title">{weightTitles[plan.kind]}</span>
          <span className="number">{formatBytes(plan.bytes)}</span>
          <span className="weights-note">{noteFor(plan)}</span>
        </label>
      ))}
      <p className="plan-note">{device}</p>
      {remark !== null && <p className="plan-note">{remark}</p>}
    </fieldset>
  );
}
