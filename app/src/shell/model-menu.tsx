import { useWorkbench, type Workbench } from '@patchbay/ui';
import { ChevronDown, FileUp, FolderOpen } from 'lucide-react';
import { useRef } from 'react';
import { type CatalogModel, catalog, type Example } from '../catalog/catalog.js';
import { openCatalogModel, sessionOf } from '../catalog/open-example.js';
import { modelFromFiles } from './files.js';
import { LoadProgressLine } from './load-progress.js';

/** The model in use, and others to load. */
export function ModelMenu({ workbench }: { workbench: Workbench }) {
  const model = useWorkbench(workbench.state, (state) => state.model);
  const loading = useWorkbench(workbench.state, (state) => state.loading);
  const menu = useRef<HTMLDivElement>(null);
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const close = () => menu.current?.hidePopover();

  function openFiles(input: HTMLInputElement): void {
    const choice = modelFromFiles([...(input.files ?? [])]);
    // Choosing the same files again must count as a change.
    input.value = '';
    if (choice !== null) void workbench.load(choice);
  }

  async function show(entry: CatalogModel, example: Example | null): Promise<void> {
    close();
    try {
      const choice = await openCatalogModel(entry);
      const session = example === null ? undefined : sessionOf(example, choice.samples);
      const isOpen = model?.source.kind === 'url' && model.source.url === entry.url;
      if (isOpen && session !== undefined) workbench.session.getState().replace(session);
      else await workbench.load(choice, session);
    } catch (error) {
      workbench.fail(error);
    }
  }

  return (
    <div className="model-menu">
      <button type="button" className="button button-quiet model-button" popoverTarget="model-popover">
        <span className="model-title">{loading?.title ?? model?.title ?? 'No model'}</span>
        {loading === null && model !== null && (
          <span className="model-facts">
            {model.info.architecture} · {countWords(model.info.parameterCount)} parameters
          </span>
        )}
        <ChevronDown size={14} aria-hidden />
      </button>
      {loading !== null && <LoadProgressLine loading={loading} onCancel={workbench.cancelLoad} />}
      <div className="popover" id="model-popover" popover="auto" ref={menu} role="dialog" aria-label="Models">
        {catalog.map((entry) => (
          <section key={entry.id} className="menu-section">
            <button type="button" className="menu-item" onClick={() => void show(entry, null)}>
              <strong>{entry.title}</strong>
              <span>{entry.description}</span>
            </button>
            <h2 className="menu-head">Examples</h2>
            {entry.examples.map((example) => (
              <button
                key={example.title}
                type="button"
                className="menu-item menu-example"
                onClick={() => void show(entry, example)}
              >
                {example.title}
              </button>
            ))}
          </section>
        ))}
        <section className="menu-section">
          <h2 className="menu-head">From your machine</h2>
          <p className="menu-note">
            A checkpoint in Hugging Face’s layout (config.json, model.safetensors, tokenizer.json), or the
            model.json of a TensorFlow.js model with its weights. It never leaves your machine. You can also
            drop it on the page.
          </p>
          <div className="menu-buttons">
            <button type="button" className="button" onClick={() => folder.current?.click()}>
              <FolderOpen size={14} aria-hidden /> Open folder
            </button>
            <button type="button" className="button" onClick={() => files.current?.click()}>
              <FileUp size={14} aria-hidden /> Open files
            </button>
          </div>
        </section>
      </div>
      <input
        ref={files}
        type="file"
        multiple
        hidden
        aria-label="Checkpoint files"
        onChange={(event) => {
          close();
          openFiles(event.currentTarget);
        }}
      />
      <input
        ref={(input) => {
          folder.current = input;
          if (input !== null) input.webkitdirectory = true;
        }}
        type="file"
        hidden
        aria-label="Checkpoint folder"
        onChange={(event) => {
          close();
          openFiles(event.currentTarget);
        }}
      />
    </div>
  );
}

const counter = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

function countWords(count: number): string {
  return counter.format(count);
}
