import type { ModelChoice } from '@patchbay/ui';

/** What a list of files is called: their folder if they have one. */
export function modelFromFiles(files: readonly File[]): ModelChoice | null {
  const [first] = files;
  if (first === undefined) return null;
  const folder = first.webkitRelativePath.split('/')[0];
  return { title: folder || 'Local files', source: { kind: 'files', files: [...files] } };
}

/** Everything in a drop; folders are walked. Read it within the event, whose data vanishes afterwards. */
export async function droppedModel(data: DataTransfer): Promise<ModelChoice | null> {
  const loose = [...data.files];
  const entries = [...data.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  const folder = entries.find(({ isDirectory }) => isDirectory);
  if (folder === undefined) return modelFromFiles(loose);
  const files = (await Promise.all(entries.map(filesIn))).flat();
  const choice = modelFromFiles(files);
  return choice && { ...choice, title: folder.name };
}

async function filesIn(entry: FileSystemEntry): Promise<File[]> {
  if (entry.isFile) {
    return [
      await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject)),
    ];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const children: FileSystemEntry[] = [];
  // A reader hands out a folder in portions and ends with an empty one.
  for (;;) {
    const portion = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (portion.length === 0) break;
    children.push(...portion);
  }
  return (await Promise.all(children.map(filesIn))).flat();
}
