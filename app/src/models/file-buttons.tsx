import type { ModelChoice } from '@patchbay/ui';
import { FileUp, FolderOpen } from 'lucide-react';
import { useRef } from 'react';
import { modelFromFiles } from '../shell/files.js';

/** Opens a folder or files of this machine. */
export function FileButtons({ onChoose }: { onChoose(choice: ModelChoice): void }) {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);

  function choose(input: HTMLInputElement): void {
    const choice = modelFromFiles([...(input.files ?? [])]);
    // Choosing the same files again must count as a change.
    input.value = '';
    if (choice !== null) onChoose(choice);
  }

  return (
    <section className="model-files" aria-label="From your machine">
      <h3>From your machine</h3>
      <div className="model-buttons">
        <button type="button" className="button" onClick={() => folder.current?.click()}>
          <FolderOpen size={14} aria-hidden /> Open folder
        </button>
        <button type="button" className="button" onClick={() => files.current?.click()}>
          <FileUp size={14} aria-hidden /> Open files
        </button>
      </div>
      <p className="source-note">
        A checkpoint in Hugging Face’s layout (config.json, weights, tokenizer files), or the model.json of a
        TensorFlow.js model with its weights. It never leaves your machine. You can also drop it on the page.
      </p>
      <input
        ref={files}
        type="file"
        multiple
        hidden
        aria-label="Checkpoint files"
        onChange={(event) => choose(event.currentTarget)}
      />
      <input
        ref={(input) => {
          folder.current = input;
          if (input !== null) input.webkitdirectory = true;
        }}
        type="file"
        hidden
        aria-label="Checkpoint folder"
        onChange={(event) => choose(event.currentTarget)}
      />
    </section>
  );
}
