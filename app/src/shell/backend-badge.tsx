import type { BackendName } from '@patchbay/core/client';
import { useWorkbench, type Workbench } from '@patchbay/ui';

const titles: Record<BackendName, string> = { webgpu: 'WebGPU', wasm: 'WebAssembly', cpu: 'CPU' };

const shortTitles: Record<BackendName, string> = { webgpu: 'GPU', wasm: 'Wasm', cpu: 'CPU' };

/** Which backend computes; pointing at it or focusing it tells why it is that one. */
export function BackendBadge({ workbench }: { workbench: Workbench }) {
  const backend = useWorkbench(workbench.state, (state) => state.backend);
  const phase = useWorkbench(workbench.state, (state) => state.phase);
  if (backend === null) {
    return (
      <span className="backend" data-testid="backend" role="status">
        {phase === 'stopped' ? 'Engine stopped' : 'Starting the engine …'}
      </span>
    );
  }
  return (
    <span className="backend-wrap">
      <button type="button" className="backend" data-testid="backend" aria-describedby="backend-reason">
        <span className="backend-light" data-backend={backend.name} aria-hidden />
        <span className="backend-name">{titles[backend.name]}</span>
        <span className="backend-short">{shortTitles[backend.name]}</span>
        {backend.adapter !== null && <span className="backend-adapter"> · {backend.adapter}</span>}
      </button>
      <span role="tooltip" id="backend-reason" className="tooltip">
        {titles[backend.name]}
        {backend.adapter !== null && ` on ${backend.adapter}`}. {backend.reason}
      </span>
    </span>
  );
}
