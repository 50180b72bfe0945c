import type { ModelChoice } from '@patchbay/ui';
import { type DragEvent, type ReactNode, useState } from 'react';
import { droppedModel } from './files.js';

export interface DropZoneProps {
  children: ReactNode;
  onModel(model: ModelChoice): void;
  /** Whether an image can be taken now, as an input rather than a model. */
  takesImage(): boolean;
  onImage(file: File): void;
  onError(error: unknown): void;
}

type Dragged = 'image' | 'model';

const hints: Record<Dragged, string> = {
  image: 'Drop the image to run the model on it',
  model: 'Drop a checkpoint folder, or its files, to open it',
};

/** Takes images, files and folders that are dropped anywhere on the page. */
export function DropZone({ children, onModel, takesImage, onImage, onError }: DropZoneProps) {
  const [over, setOver] = useState<Dragged | null>(null);

  function onDragOver(event: DragEvent): void {
    if (!event.dataTransfer.types.includes('Files')) return;
    event.preventDefault();
    const { items } = event.dataTransfer;
    const isImage = items.length === 1 && items[0]?.type.startsWith('image/') === true;
    setOver(isImage && takesImage() ? 'image' : 'model');
  }

  async function onDrop(event: DragEvent): Promise<void> {
    if (!event.dataTransfer.types.includes('Files')) return;
    event.preventDefault();
    setOver(null);
    const [image] = event.dataTransfer.files;
    if (over === 'image' && image !== undefined) return onImage(image);
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
      onDragLeave={(event) => event.relatedTarget === null && setOver(null)}
      onDrop={(event) => void onDrop(event)}
    >
      {children}
      {over !== null && (
        <div className="drop-hint" aria-hidden>
          {hints[over]}
        </div>
      )}
    </div>
  );
}
