import type { WeightKind, WeightPlan } from '@patchbay/core/client';
import { useId } from 'react';
import { formatBytes } from '../base/format.js';
import { weightNotes, weightTitles } from './plan-words.js';

export interface WeightsChoiceProps {
  plans: readonly WeightPlan[];
  value: WeightKind;
  isDisabled: boolean;
  onChange(kind: WeightKind): void;
}

/** How the weights are kept, with the memory that it takes. What does not fit can be chosen, to learn why not. */
export function WeightsChoice({ plans, value, isDisabled, onChange }: WeightsChoiceProps) {
  const name = useId();
  const remark = plans.find(({ kind }) => kind === value)?.remark ?? null;
  return (
    <fieldset className="weights" disabled={isDisabled}>
      <legend>Memory for the weights</legend>
      {plans.map(({ kind, bytes, problem }) => (
        <label key={kind} className="weights-kind" data-unfit={problem !== null || undefined}>
          <input type="radio" name={name} checked={kind === value} onChange={() => onChange(kind)} />
          <span className="weights-title">{weightTitles[kind]}</span>
          <span className="number">{formatBytes(bytes)}</span>
          <span className="weights-note">{problem === null ? weightNotes[kind] : 'does not fit'}</span>
        </label>
      ))}
      {remark !== null && <p className="plan-note">{remark}</p>}
    </fieldset>
  );
}
