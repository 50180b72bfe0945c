import { badgesByPath, NodeTree, pathsAround, useSession, useWorkbench, type Workbench } from '@patchbay/ui';
import { useEffect, useMemo, useState } from 'react';
import { useNarrow } from './use-narrow.js';

const noPaths: readonly string[] = [];
const notePause = 3000;
const rowHeight = 26;
const touchRowHeight = 36;

/** The tree of the loaded model. */
export function TreePanel({ workbench }: { workbench: Workbench }) {
  const nodes = useWorkbench(workbench.state, (state) => state.nodes);
  const selected = useWorkbench(workbench.state, (state) => state.selected);
  const filter = useWorkbench(workbench.state, (state) => state.filter);
  const hasRunError = useWorkbench(workbench.state, ({ runError }) => runError !== null);
  const changed = useWorkbench(workbench.state, ({ result }) => result?.changed ?? noPaths);
  const patches = useSession(workbench.session, (session) => session.patches);
  const badges = useMemo(() => badgesByPath(patches, changed), [patches, changed]);
  const around = useMemo(() => pathsAround(patches), [patches]);
  const [copied, setCopied] = useState<string | null>(null);
  useEffect(() => {
    if (copied === null) return;
    const timer = setTimeout(() => setCopied(null), notePause);
    return () => clearTimeout(timer);
  }, [copied]);
  const isNarrow = useNarrow();

  async function copy(path: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(path);
      setCopied(`Copied ${path}`);
    } catch {
      setCopied('The browser does not let this page copy.');
    }
  }

  return (
    <nav className="tree-panel" aria-label="Node tree">
      <header className="panel-head">
        <h2>Nodes</h2>
        <p className="panel-note" role="status">
          {copied ?? (nodes.length > 0 ? `${nodes.length}` : '')}
        </p>
      </header>
      {nodes.length === 0 ? (
        hasRunError ? (
          <p className="empty">The nodes appear here when the input has been run.</p>
        ) : (
          <TreeSkeleton />
        )
      ) : (
        <NodeTree
          nodes={nodes}
          badges={badges}
          around={around}
          selected={selected}
          filter={filter}
          rowHeight={isNarrow ? touchRowHeight : rowHeight}
          onFilter={workbench.setFilter}
          onSelect={workbench.select}
          onPatch={(path) => workbench.session.getState().add({ path })}
          onCopy={(path) => void copy(path)}
        />
      )}
    </nav>
  );
}

const skeletonWidths = [44, 60, 52, 66, 58, 40, 62, 50, 56];

function TreeSkeleton() {
  return (
    <div className="skeleton" aria-hidden>
      {skeletonWidths.map((width) => (
        <span key={width} style={{ width: `${width}%` }} />
      ))}
    </div>
  );
}
