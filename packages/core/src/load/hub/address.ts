import { SourceError } from '../../errors.js';

/** A model on the Hugging Face Hub, or one of its folders. */
export interface HubAddress {
  /** `owner/name`. */
  readonly model: string;
  /** A branch, a tag or a commit, where one is named. */
  readonly revision: string | null;
  /** The folder in it, `''` or ending with `/`. */
  readonly folder: string;
  /** The file that the address names, if any. */
  readonly file: string | null;
}

export const HUB = 'https://huggingface.co';

/** Other hosts of the same Hub. */
const HUB_HOSTS: ReadonlySet<string> = new Set(['huggingface.co', 'www.huggingface.co', 'hf.co']);

/** Names on the Hub: letters, digits, `-`, `_` and `.`, beginning and ending with neither `-` nor `.`. */
const NAME = /^\w(?:[\w.-]{0,94}\w)?$/;

/** Pages of the Hub that are named like an owner. */
const OTHER_KINDS: ReadonlySet<string> = new Set(['datasets', 'spaces', 'docs', 'api', 'collections']);

/** `owner/name` or `owner/name@revision`, or null for other text. */
export function parseHubId(text: string): HubAddress | null {
  const [id = '', ...rest] = text.split('@');
  const revision = rest.length === 0 ? null : rest.join('@');
  if (!isModel(id) || revision === '') return null;
  return { model: id, revision, folder: '', file: null };
}

/**
 * A page of the Hub: a model's (`…/owner/name`), or one of its folders or files (`…/tree/revision/folder`,
 * `…/blob/revision/file`, `…/resolve/revision/file`). Null for addresses elsewhere.
 * @throws SourceError for other pages of the Hub
 */
export function parseHubUrl(url: URL, hub: string): HubAddress | null {
  const { host } = new URL(hub);
  if (url.host !== host && !(HUB_HOSTS.has(url.host) && HUB_HOSTS.has(host))) return null;
  const [owner = '', name = '', view, ...path] = url.pathname
    .split('/')
    .filter((part) => part !== '')
    .map(decoded);
  // Those of pull requests have slashes: refs/pr/1.
  const revision = path.splice(0, path[0] === 'refs' ? 3 : 1).join('/') || null;
  const model = `${owner}/${name}`;
  if (NAME.test(owner) && name === '' && !OTHER_KINDS.has(owner)) {
    throw new SourceError(
      `Models on the Hub are named owner/name, such as openai-community/gpt2; '${owner}' has no owner.`,
    );
  }
  const isView = view === undefined || (VIEWS.has(view) && revision !== null);
  if (!isModel(model) || OTHER_KINDS.has(owner) || !isView) {
    throw new SourceError(
      `${url.origin}${url.pathname} is no model on the Hub. A model's page is ${hub}/owner/name, perhaps with /tree/revision or /blob/revision/file after it.`,
    );
  }
  const file = view === 'tree' || path.length === 0 ? null : (path.pop() as string);
  const folder = path.map((part) => `${part}/`).join('');
  return { model, revision, folder, file };
}

/** A part of an address as text; one that is not well formed as it is. */
export function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const VIEWS: ReadonlySet<string> = new Set(['tree', 'blob', 'resolve', 'raw']);

function isModel(text: string): boolean {
  const parts = text.split('/');
  return parts.length === 2 && parts.every((part) => NAME.test(part) && !part.includes('..'));
}
