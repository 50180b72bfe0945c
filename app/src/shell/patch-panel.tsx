import { axisNamer, PatchList, useSession, useWorkbench, type Workbench } from '@patchbay/ui';
import { useMemo } from 'react';

const none: readonly never[] = [];

/** The list of patches, with what the latest run said about them. */
export function PatchPanel({ workbench }: { workbench: Workbench }) {
  const patches = useSession(workbench.session, (session) => session.patches);
  const issues = useWorkbench(workbench.state, ({ result }) => result?.issues ?? none);
  const probes = useWorkbench(workbench.state, ({ result }) => result?.probes ?? none);
  const nodes = useWorkbench(workbench.state, (state) => state.nodes);
  const shapes = useMemo(() => {
    const wanted = new Set(patches.map(({ path }) => path));
    const found = nodes.filter(({ path, shape }) => shape !== null && wanted.has(path));
    return new Map(found.map(({ path, shape }) => [path, shape ?? []]));
  }, [nodes, patches]);
  const target = useWorkbench(workbench.state, ({ nodes, selected }) => {
    const node = nodes.find(({ path }) => path === selected);
    return node === undefined || node.shape === null ? null : node.path;
  });
  const info = useWorkbench(workbench.state, ({ model }) => model?.info ?? null);
  const axisNames = useMemo(() => axisNamer(info), [info]);
  const session = workbench.session.getState();
  return (
    <PatchList
      patches={patches}
      issues={issues}
      probes={probes}
      shapes={shapes}
      axisNames={axisNames}
      target={target}
      onAdd={(path) => session.add({ path })}
      onUpdate={session.update}
      onRemove={session.remove}
      onDuplicate={session.duplicate}
      onMove={session.move}
      onSelect={workbench.select}
    />
  );
}
