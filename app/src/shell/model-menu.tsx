import { formatCount, useWorkbench, type Workbench } from '@patchbay/ui';
import { ChevronDown } from 'lucide-react';
import { useRef } from 'react';
import { type CatalogModel, catalog, type Example } from '../catalog/catalog.js';
import { ModelDialog } from '../models/model-dialog.js';
import { openFromCatalog } from '../models/open-from-catalog.js';
import { LoadProgressLine } from './load-progress.js';

/** The model in use, and others to load. */
export function ModelMenu({ workbench }: { workbench: Workbench }) {
  const model = useWorkbench(workbench.state, (state) => state.model);
  const loading = useWorkbench(workbench.state, (state) => state.loading);
  const menu = useRef<HTMLDivElement>(null);
  const { library } = workbench;

  function show({ id }: CatalogModel, example: Example | null): void {
    menu.current?.hidePopover();
    void openFromCatalog(workbench, id, example);
  }

  function showMore(page: 'find' | 'kept'): void {
    menu.current?.hidePopover();
    library.open(page);
  }

  return (
    <div className="model-menu">
      <button type="button" className="button button-quiet model-button" popoverTarget="model-popover">
        <span className="model-title">{model?.title ?? loading?.title ?? 'No model'}</span>
        {loading === null && model !== null && (
          <span className="model-facts">
            {model.info.architecture} · {formatCount(model.info.parameterCount)} parameters
          </span>
        )}
        <ChevronDown size={14} aria-hidden />
      </button>
      {loading !== null && <LoadProgressLine loading={loading} onCancel={workbench.cancelLoad} />}
      <div className="popover" id="model-popover" popover="auto" ref={menu} role="dialog" aria-label="Models">
        {catalog.map((entry) => (
          <section key={entry.id} className="menu-section">
            <button type="button" className="menu-item" onClick={() => show(entry, null)}>
              <strong>{entry.title}</strong>
              <span>{entry.description}</span>
            </button>
            <h2 className="menu-head">Examples</h2>
            {entry.examples.map((example) => (
              <button
                key={example.title}
                type="button"
                className="menu-item menu-example"
                onClick={() => show(entry, example)}
              >
                {example.title}
              </button>
            ))}
          </section>
        ))}
        <section className="menu-section">
          <button type="button" className="menu-item" onClick={() => showMore('find')}>
            <strong>More models …</strong>
            <span>From the Hugging Face Hub, an address, or your machine</span>
          </button>
          <button type="button" className="menu-item" onClick={() => showMore('kept')}>
            <strong>Downloads …</strong>
            <span>What this browser keeps, and the room that it takes</span>
          </button>
        </section>
      </div>
      <ModelDialog workbench={workbench} />
    </div>
  );
}
