import type { PatchIssue, PatchKind, PatchSpec, ProbeReading } from '@patchbay/core/client';
import { ArrowDown, ArrowUp, Copy, Trash2 } from 'lucide-react';
import { useId } from 'react';
import { type AxisNamer, describeAxes } from '../heatmap/axes.js';
import { ProbeLine } from './probe-line.js';
import { SliceField } from './slice-field.js';
import { ValueField } from './value-field.js';

export interface PatchItemProps {
  patch: PatchSpec;
  issues: readonly PatchIssue[];
  probe: ProbeReading | null;
  /** Shape of the patched tensor, or null if the model lacks it. */
  shape: readonly number[] | null;
  axisNames: AxisNamer;
  isFirst: boolean;
  isLast: boolean;
  onUpdate(change: Partial<Omit<PatchSpec, 'id'>>): void;
  onRemove(): void;
  onDuplicate(): void;
  onMove(by: number): void;
  onSelect(): void;
}

const kinds: readonly (readonly [PatchKind, string])[] = [
  ['zero', 'zero'],
  ['replace', 'replace'],
  ['add', 'add'],
  ['probe', 'probe'],
];

/** One patch with all that can be changed about it. */
export function PatchItem({
  patch,
  issues,
  probe,
  shape,
  axisNames,
  isFirst,
  isLast,
  onUpdate,
  ...act
}: PatchItemProps) {
  const pathErrorId = useId();
  const { path, kind, enabled } = patch;
  const issueOf = (field: PatchIssue['field']) =>
    issues.find((issue) => issue.field === field)?.message ?? null;
  const pathIssue = issueOf('path');
  return (
    <li className="patch-item" data-off={!enabled || undefined} data-kind={kind}>
      <div className="patch-line">
        <label className="patch-switch" title={enabled ? 'On; click to leave it out of runs' : 'Off'}>
          <input
            type="checkbox"
            checked={enabled}
            aria-label={`Apply the patch on ${path}`}
            onChange={() => onUpdate({ enabled: !enabled })}
          />
        </label>
        <button
          type="button"
          className="patch-path"
          title={`Show ${path}`}
          aria-describedby={pathIssue === null ? undefined : pathErrorId}
          onClick={act.onSelect}
        >
          {path}
        </button>
      </div>
      {pathIssue !== null && (
        <p className="field-error" id={pathErrorId}>
          {pathIssue}
        </p>
      )}
      <div className="patch-fields">
        <select
          className="field patch-kind"
          aria-label={`Kind of the patch on ${path}`}
          value={kind}
          onChange={(event) => onUpdate({ kind: event.target.value as PatchKind })}
        >
          {kinds.map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
        <SliceField slice={patch.slice} error={issueOf('slice')} onSlice={(slice) => onUpdate({ slice })} />
        {(kind === 'replace' || kind === 'add') && (
          <ValueField value={patch.value} error={issueOf('value')} onValue={(value) => onUpdate({ value })} />
        )}
      </div>
      {shape !== null && shape.length > 0 && (
        <p className="patch-axes" title="Axes of the tensor and their lengths, for the slice">
          {describeAxes(axisNames(path, shape), shape)}
        </p>
      )}
      {probe !== null && <ProbeLine reading={probe} />}
      <div className="patch-actions">
        <button
          type="button"
          className="icon-button"
          aria-label="Move up"
          data-action="up"
          disabled={isFirst}
          onClick={() => act.onMove(-1)}
        >
          <ArrowUp size={14} aria-hidden />
        </button>
        <button
          type="button"
          className="icon-button"
          aria-label="Move down"
          data-action="down"
          disabled={isLast}
          onClick={() => act.onMove(1)}
        >
          <ArrowDown size={14} aria-hidden />
        </button>
        <button
          type="button"
          className="icon-button"
          aria-label="Duplicate"
          data-action="duplicate"
          onClick={act.onDuplicate}
        >
          <Copy size={14} aria-hidden />
        </button>
        <button
          type="button"
          className="icon-button"
          aria-label="Delete"
          data-action="delete"
          onClick={act.onRemove}
        >
          <Trash2 size={14} aria-hidden />
        </button>
      </div>
    </li>
  );
}
