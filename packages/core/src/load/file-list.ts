import { CheckpointError } from '../errors.js';
import type { CheckpointFiles } from './checkpoint-files.js';
import { type LocalFile, localFiles } from './local-files.js';
import { partReader } from './part-reader.js';

/** Files by which a folder is known to be a model's. */
const MARKS = ['config.json', 'model.json'];

/**
 * The files that a browser's picker or a drop gives. Of a folder with folders in it, those are taken that lie beside and
 * below the outermost config.json or model.json.
 * @throws CheckpointError if there are several such folders
 */
export function fileList(files: readonly File[]): CheckpointFiles {
  const folder = modelFolder(files);
  const inside = new Map(
    files
      .filter((file) => folderOf(file).startsWith(folder))
      .map((file) => [(folderOf(file) + file.name).slice(folder.length), file] as const),
  );
  const label = folder === '' ? 'the files given' : `the folder ${folder.slice(0, -1)}`;
  const find = async (name: string) => {
    const file = inside.get(name);
    return file === undefined ? null : localFile(file);
  };
  return localFiles(label, find, new Map([...inside].map(([name, { size }]) => [name, size])));
}

function localFile(file: File): LocalFile {
  return {
    size: file.size,
    async *parts(end) {
      const reader = partReader(file.slice(0, end).stream());
      try {
        for (let part = await reader.next(); part !== null; part = await reader.next()) yield part;
      } finally {
        reader.cancel();
      }
    },
  };
}

/** The folder of a file within what was picked, `''` or ending with `/`. */
function folderOf({ name, webkitRelativePath: path }: File): string {
  return path === undefined || path === '' ? '' : path.slice(0, path.length - name.length);
}

function modelFolder(files: readonly File[]): string {
  const folders = [...new Set(files.filter(({ name }) => MARKS.includes(name)).map(folderOf))];
  const depth = (folder: string) => folder.split('/').length;
  const least = Math.min(...folders.map(depth));
  const outermost = folders.filter((folder) => depth(folder) === least);
  if (outermost.length > 1) {
    throw new CheckpointError(
      `There are several models: in ${outermost.map((folder) => folder.slice(0, -1)).join(', ')}. Choose the folder of one.`,
    );
  }
  return outermost[0] ?? (files[0] === undefined ? '' : folderOf(files[0]));
}
