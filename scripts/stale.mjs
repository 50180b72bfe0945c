import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Time of the latest change of a file, or of anything in a folder. Folders count too: they change when a file is removed.
 * @param {string} path
 * @returns {number}
 */
function latestChange(path) {
  if (!existsSync(path)) return 0;
  const inside = statSync(path).isDirectory() ? readdirSync(path, { recursive: true }) : [];
  const paths = [path, ...inside.map((name) => join(path, String(name)))];
  return Math.max(...paths.map((entry) => statSync(entry).mtimeMs));
}

/**
 * Whether a built file is missing or older than one of its sources (files or folders).
 * @param {string} built
 * @param {string[]} sources
 */
export function isStale(built, sources) {
  return !existsSync(built) || sources.some((source) => latestChange(source) > statSync(built).mtimeMs);
}
