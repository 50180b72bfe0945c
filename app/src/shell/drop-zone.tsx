import type { ModelChoice } from '@patchbay/ui';
import { type DragEvent, type ReactNode, useState } from 'react';
import { droppedModel } from './files.js';

export interface DropZoneProps {
  children: ReactNode;
  onModel(model: ModelChoice): void;
  onError(error: unknown): void;
}

/** Takes files and folders that are dropped anywhere on the page. */
export function DropZone({ children, onModel, onError }: DropZoneProps) {
  const [isOver, setOver] = useState(false);

  function onDragOver(event: DragEvent): void {
    if (!event.dataTransfer.types.includes('Files')) return;
    event.preventDefault();
    setOver(true);
  }

  async function onDrop(event: DragEvent): Promise<void> {
    if (!event.dataTransfer.types.includes('Files')) return;
    event.preventDefault();
    setOver(false);
    try {
      const model = await droppedModel(event.dataTransfer);
      if (model !== null) onModel(model);
    } catch (error) {
      onError(error);
    }
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the model menu opens files by keyboard, too
    <div
      className="page"
      onDragOver={onDragOver}
      onDragLeave={(event) => event.relatedTarget === null && setOver(false)}
      onDrop={(event) => void onDrop(event)}
    >
      {children}
      {isOver && (
        <div className="drop-hint" aria-hidden>
          Drop a checkpoint folder, or its files, to open it
        </div>
      )}
    </div>
  );
}
