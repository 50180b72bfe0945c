import type { Theme, Workbench } from '@patchbay/ui';
import { useState } from 'react';
import { Group, Panel, Separator } from 'react-resizable-panels';
import { InputPanel } from './input-panel.js';
import { PatchPanel } from './patch-panel.js';
import { ResultPanel } from './result-panel.js';
import { Tabs } from './tabs.js';
import { TreePanel } from './tree-panel.js';
import { useNarrow } from './use-narrow.js';

export interface LayoutProps {
  workbench: Workbench;
  theme: Theme;
}

/** Panels side by side, or one at a time where the window is narrow. */
export function Layout(props: LayoutProps) {
  return useNarrow() ? <NarrowLayout {...props} /> : <WideLayout {...props} />;
}

function WideLayout({ workbench, theme }: LayoutProps) {
  return (
    <main className="panels">
      <Group orientation="horizontal">
        <Panel id="tree" className="panel" defaultSize="22%" minSize="200px">
          <TreePanel workbench={workbench} />
        </Panel>
        <Separator className="separator" aria-label="Width of the tree" />
        <Panel id="work" className="panel panel-work" minSize="320px">
          <div className="work">
            <InputPanel workbench={workbench} />
            <ResultPanel workbench={workbench} theme={theme} />
          </div>
        </Panel>
        <Separator className="separator" aria-label="Width of the patches" />
        <Panel id="patches" className="panel" defaultSize="23%" minSize="230px">
          <div className="panel-scroll">
            <PatchPanel workbench={workbench} />
          </div>
        </Panel>
      </Group>
    </main>
  );
}

type View = 'work' | 'tree' | 'patches';

const views: readonly (readonly [View, string])[] = [
  ['work', 'Results'],
  ['tree', 'Nodes'],
  ['patches', 'Patches'],
];

function NarrowLayout({ workbench, theme }: LayoutProps) {
  const [view, setView] = useState<View>('work');
  return (
    <main className="narrow">
      <div className="narrow-view" data-view={view}>
        {view === 'work' && (
          <div className="work">
            <InputPanel workbench={workbench} />
            <ResultPanel workbench={workbench} theme={theme} />
          </div>
        )}
        {view === 'tree' && <TreePanel workbench={workbench} />}
        {view === 'patches' && <PatchPanel workbench={workbench} />}
      </div>
      <Tabs
        label="Panels"
        className="narrow-tabs"
        tabs={views}
        value={view}
        onChange={(next) => setView(next)}
      />
    </main>
  );
}
