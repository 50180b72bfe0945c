import type { PatchIssue, PatchSpec, ProbeReading } from '@patchbay/core/client';
import { Plus } from 'lucide-react';
import type { AxisNamer } from '../heatmap/axes.js';
import { PatchItem } from './patch-item.js';
import { usePatchFocus } from './use-patch-focus.js';
import './patch.css';

export interface PatchListProps {
  patches: readonly PatchSpec[];
  issues: readonly PatchIssue[];
  probes: readonly ProbeReading[];
  /** Shapes of the patched tensors by path; those that the model lacks are missing. */
  shapes: ReadonlyMap<string, readonly number[]>;
  axisNames: AxisNamer;
  /** Path that a new patch would take, or null if none can be added there. */
  target: string | null;
  onAdd(path: string): void;
  onUpdate(id: string, change: Partial<Omit<PatchSpec, 'id'>>): void;
  onRemove(id: string): void;
  onDuplicate(id: string): void;
  onMove(id: string, by: number): void;
  onSelect(path: string): void;
}

/** The patches in the order in which they apply. */
export function PatchList({ patches, issues, probes, shapes, axisNames, target, ...act }: PatchListProps) {
  const { onAdd } = act;
  const { list, focusLater } = usePatchFocus(patches);

  function remove(id: string, place: number): void {
    focusLater(place, 'delete');
    act.onRemove(id);
  }

  function move(id: string, place: number, by: number): void {
    focusLater(place + by, by < 0 ? 'up' : 'down');
    act.onMove(id, by);
  }

  return (
    <section className="patches" aria-label="Patching">
      <header className="panel-head">
        <h2>Patches</h2>
        <button
          type="button"
          className="button"
          disabled={target === null}
          title={target === null ? 'Select a tensor in the tree first' : `Patch ${target}`}
          onClick={() => target !== null && onAdd(target)}
        >
          <Plus size={14} aria-hidden /> Add patch
        </button>
      </header>
      <ol className="patch-items" aria-label="Patches" ref={list}>
        {patches.map((patch, at) => (
          <PatchItem
            key={patch.id}
            patch={patch}
            issues={issues.filter(({ patchId }) => patchId === patch.id)}
            probe={probes.find(({ patchId }) => patchId === patch.id) ?? null}
            shape={shapes.get(patch.path) ?? null}
            axisNames={axisNames}
            isFirst={at === 0}
            isLast={at === patches.length - 1}
            onUpdate={(change) => act.onUpdate(patch.id, change)}
            onRemove={() => remove(patch.id, at)}
            onDuplicate={() => act.onDuplicate(patch.id)}
            onMove={(by) => move(patch.id, at, by)}
            onSelect={() => act.onSelect(patch.path)}
          />
        ))}
      </ol>
      {patches.length === 0 && (
        <p className="empty">
          Nothing is patched. Select a tensor in the tree and press <kbd>p</kbd>, double-click it, or pick a
          cell of its heatmap.
        </p>
      )}
    </section>
  );
}
