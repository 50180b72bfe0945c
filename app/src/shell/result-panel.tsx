import {
  axisNamer,
  CompareView,
  LazyActivationView,
  LazySourceView,
  type ResultTab,
  type Theme,
  useSession,
  useWorkbench,
  type Workbench,
} from '@patchbay/ui';
import { Suspense, useMemo } from 'react';
import { ErrorBoundary } from 'react-error-boundary';
import { Tabs } from './tabs.js';
import { ViewError } from './view-error.js';

export interface ResultPanelProps {
  workbench: Workbench;
  theme: Theme;
}

const tabs: readonly (readonly [ResultTab, string])[] = [
  ['compare', 'Compare'],
  ['activation', 'Activation'],
  ['source', 'Source'],
];

/** What the latest run shows: the answer, a node's values, a node's source. */
export function ResultPanel({ workbench, theme }: ResultPanelProps) {
  const tab = useWorkbench(workbench.state, (state) => state.tab);
  const name = tabs.find(([value]) => value === tab)?.[1];
  return (
    <section className="results" aria-label="Results">
      <Tabs label="Results" tabs={tabs} value={tab} onChange={workbench.showTab} />
      <div className="result-view" role="tabpanel" aria-label={name} tabIndex={-1}>
        <ErrorBoundary FallbackComponent={ViewError} resetKeys={[tab]}>
          <Suspense fallback={<p className="empty">Loading …</p>}>
            {tab === 'compare' && <ComparePart workbench={workbench} theme={theme} />}
            {tab === 'activation' && <ActivationPart workbench={workbench} theme={theme} />}
            {tab === 'source' && <SourcePart workbench={workbench} />}
          </Suspense>
        </ErrorBoundary>
      </div>
    </section>
  );
}

function ComparePart({ workbench, theme }: ResultPanelProps) {
  const result = useWorkbench(workbench.state, (state) => state.result);
  const info = useWorkbench(workbench.state, ({ model }) => model?.info ?? null);
  const outputCut = useWorkbench(workbench.state, (state) => state.outputCut);
  const outputValues = useWorkbench(workbench.state, (state) => state.outputValues);
  const active = useSession(workbench.session, ({ patches }) => patches.filter(isActive).length);
  const axisNames = useMemo(() => axisNamer(info), [info]);
  return (
    <CompareView
      result={result}
      input={info?.input ?? null}
      activePatches={active}
      outputCut={outputCut}
      outputValues={outputValues}
      axisNames={axisNames}
      theme={theme}
      onOutputCut={workbench.setOutputCut}
      onPatch={(path, slice) => workbench.session.getState().add({ path, slice })}
    />
  );
}

function isActive({ enabled, kind }: { enabled: boolean; kind: string }): boolean {
  return enabled && kind !== 'probe';
}

const noTokens: readonly never[] = [];

function ActivationPart({ workbench, theme }: ResultPanelProps) {
  const node = useWorkbench(
    workbench.state,
    ({ nodes, selected }) => nodes.find(({ path }) => path === selected) ?? null,
  );
  const activation = useWorkbench(workbench.state, (state) => state.activation);
  const strip = useWorkbench(workbench.state, (state) => state.strip);
  const info = useWorkbench(workbench.state, ({ model }) => model?.info ?? null);
  const axisNames = useMemo(() => axisNamer(info), [info]);
  const cut = useWorkbench(workbench.state, (state) => state.cut);
  const tokens = useWorkbench(workbench.state, ({ result }) => result?.tokens ?? noTokens);
  return (
    <LazyActivationView
      node={node}
      activation={activation}
      strip={strip}
      cut={cut}
      tokens={tokens}
      axisNames={axisNames}
      theme={theme}
      onCut={workbench.setCut}
      onPatch={(path, slice) => workbench.session.getState().add({ path, slice })}
    />
  );
}

function SourcePart({ workbench }: { workbench: Workbench }) {
  const path = useWorkbench(workbench.state, (state) => state.selected);
  const source = useWorkbench(workbench.state, (state) => state.source);
  return <LazySourceView path={path} source={source} />;
}
