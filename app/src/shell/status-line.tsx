import type { RunStatistics } from '@patchbay/core/client';
import {
  formatBytes,
  formatMilliseconds,
  useWorkbench,
  type Workbench,
  type WorkbenchState,
} from '@patchbay/ui';

/** What the latest run cost. */
export function StatusLine({ workbench }: { workbench: Workbench }) {
  const statistics = useWorkbench(workbench.state, ({ result }) => result?.statistics ?? null);
  const isRunning = useWorkbench(workbench.state, (state) => state.isRunning);
  const phase = useWorkbench(workbench.state, (state) => state.phase);
  return (
    <footer className="status-line">
      <span className="status-light" data-on={isRunning || undefined} aria-hidden />
      <p data-testid="status" role="status">
        {statistics === null ? idleWords[phase] : describeStatistics(statistics)}
      </p>
      <p className="status-keys">
        <kbd>p</kbd> patch <kbd>c</kbd> copy path <kbd>Ctrl</kbd>/<kbd>⌘</kbd> <kbd>Enter</kbd> run
      </p>
    </footer>
  );
}

const idleWords: Record<WorkbenchState['phase'], string> = {
  starting: 'Starting the engine …',
  ready: 'Nothing has run yet.',
  stopped: 'The engine is not running.',
};

function describeStatistics({ operations, recomputed, milliseconds, bytes }: RunStatistics): string {
  return [
    `${operations} operations`,
    `${recomputed} recomputed`,
    formatMilliseconds(milliseconds),
    formatBytes(bytes),
  ].join(' · ');
}
