import type { Item } from './item.js';

/**
 * Each turns the text of one version of the format into that of the next: the first one version 1 into 2. They get
 * what JSON.parse gives, so they must not rely on it being well-formed.
 */
const MIGRATIONS: readonly ((document: unknown) => unknown)[] = [];

/** The version that is written. */
export const VERSION = 1 + MIGRATIONS.length;

/** The document in the current version. @throws GraphFileError for a version that is not known */
export function migrate(document: Item): unknown {
  const { version } = Object.fromEntries(document.members());
  if (version === undefined) throw document.error("'version' is missing");
  const from = version.natural(Number.MAX_SAFE_INTEGER);
  if (from < 1 || from > VERSION) {
    const wish = from > VERSION ? 'a newer version of the library reads it' : 'there is no such version';
    throw version.error(`it is of version ${from}, where 1 to ${VERSION} can be read; ${wish}`);
  }
  return MIGRATIONS.slice(from - 1).reduce((each, migration) => migration(each), document.value);
}
