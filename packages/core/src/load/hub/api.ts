import type { ModelEntry } from '../cache/cached-model.js';
import type { FileOptions } from '../checkpoint-files.js';
import { type HttpContext, Requests } from '../http/request.js';

/** What the Hub's API says of one model. */
export interface HubApi {
  /** The commit that a branch or tag is now. */
  commit(revision: string): Promise<string>;
  /** The files below the folder at a commit, with their sizes, and the hashes of large ones. */
  files(commit: string): Promise<NonNullable<ModelEntry['listing']>>;
}

/**
 * Asks by `@huggingface/hub`, on whose requests the rules of ours hold: they are repeated and stopped, and carry the
 * token to the Hub alone. Files are not read by it: its `downloadFile` takes a whole answer to a Range request for the
 * range, checks no length, and goes on after no break.
 */
export function hubApi(
  { hub: hubUrl, model, folder }: { hub: string; model: string; folder: string },
  context: HttpContext,
  options: FileOptions,
): HubApi {
  const requests = new Requests(model, context, options);
  const shared = {
    hubUrl,
    fetch: async (url: RequestInfo | URL, init?: RequestInit) => {
      const response = await requests.answer(url as string, init);
      if (!response.ok) throw requests.failure(response, url as string);
      return response;
    },
  };
  return {
    async commit(revision) {
      const { modelInfo } = await import('@huggingface/hub');
      const { sha } = await modelInfo({ ...shared, name: model, revision, additionalFields: ['sha'] });
      return sha;
    },
    async files(commit) {
      const { listFiles } = await import('@huggingface/hub');
      const listing = [];
      const repo = { type: 'model', name: model } as const;
      const path = folder.replace(/\/$/, '').split('/').map(encodeURIComponent).join('/');
      for await (const entry of listFiles({ ...shared, repo, revision: commit, path, recursive: true })) {
        if (entry.type !== 'file') continue;
        const name = entry.path.slice(folder.length);
        listing.push({ path: name, size: entry.lfs?.size ?? entry.size, sha256: entry.lfs?.oid ?? null });
      }
      return listing;
    },
  };
}
