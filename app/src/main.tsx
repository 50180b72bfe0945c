import { connectEngine } from '@patchbay/core/client';
import { createWorkbench, preloadViews } from '@patchbay/ui';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { defaultModel } from './catalog/catalog.js';
import { sessionOf } from './catalog/open-example.js';
import { App } from './shell/app.js';
import { preferredBackend } from './shell/preferred-backend.js';

const prefer = preferredBackend(location.search);

const workbench = createWorkbench({
  connect: (onCrash) =>
    connectEngine(
      new Worker(new URL('./shell/engine.worker.ts', import.meta.url), { type: 'module', name: 'engine' }),
      onCrash,
    ),
  session: sessionOf(defaultModel.examples[0]),
  model: { title: defaultModel.title, source: { kind: 'url', url: defaultModel.url } },
  ...(prefer && { prefer }),
});

const root = document.getElementById('root');
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <App workbench={workbench} />
    </StrictMode>,
  );
}

// The first picture comes before the engine's scripts compete for the processor.
requestAnimationFrame(() => setTimeout(() => void workbench.start().then(preloadViews)));
