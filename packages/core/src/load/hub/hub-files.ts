import { AccessError, SourceError } from '../../errors.js';
import type { CachedModel, ModelEntry } from '../cache/cached-model.js';
import type { ModelCache } from '../cache/model-cache.js';
import { type CheckpointFiles, type FileOptions, readAll } from '../checkpoint-files.js';
import { FileFacts } from '../http/facts.js';
import type { HttpContext } from '../http/request.js';
import type { RetryPolicy } from '../http/retry.js';
import { RemoteFile } from '../remote-file.js';
import type { HubAddress } from './address.js';
import { hubApi } from './api.js';

interface HubOptions {
  readonly hub: string;
  readonly token: string | null;
  readonly cache: ModelCache | null;
  readonly retry: RetryPolicy;
}

type Listing = NonNullable<ModelEntry['listing']>;

/**
 * The files of a model on the Hub, of the commit that its revision is now. All of them are of that commit, also when
 * the revision moves on meanwhile.
 * @throws SourceError, AccessError
 */
export async function openHub(
  address: HubAddress,
  { hub, token, cache, retry }: HubOptions,
  options: FileOptions,
): Promise<CheckpointFiles> {
  const { model, folder } = address;
  const { origin } = new URL(hub);
  const access = { model, page: `${hub}/${model}`, origin, token: checked(token) };
  const context: HttpContext = { retry, cache: 'no-store', hub: access, readable: new Set() };
  const commit = await commitOf(address, { hub, context, cache }, options);
  const about = { name: `${model}${folder && `/${folder.slice(0, -1)}`}`, revision: commit };
  const kept = (await cache?.model(`${hub}/${model}/${folder}@${commit}`, about)) ?? null;
  const listing =
    kept?.entry.listing ?? (await hubApi({ hub, model, folder }, context, options).files(commit));
  await kept?.update({ listing });
  return new HubFiles(`${about.name}@${commit.slice(0, 7)}`, listing, kept, (path) => ({
    url: new URL(`${hub}/${model}/resolve/${commit}/${escaped(folder + path)}`),
    context,
  }));
}

class HubFiles implements CheckpointFiles {
  readonly sizes: ReadonlyMap<string, number>;

  constructor(
    readonly label: string,
    private readonly listing: Listing,
    private readonly kept: CachedModel | null,
    private readonly locate: (name: string) => { url: URL; context: HttpContext },
  ) {
    this.sizes = new Map(listing.map(({ path, size }) => [path, size]));
  }

  async open(name: string): Promise<RemoteFile | null> {
    const listed = this.listing.find(({ path }) => path === name);
    if (listed === undefined) return null;
    const { size, sha256 } = listed;
    const copy = (await this.kept?.file(name)) ?? null;
    const facts = new FileFacts(size, null, true);
    return new RemoteFile({ name, facts, sha256, copy, first: null, ...this.locate(name) });
  }

  async read(name: string, options?: FileOptions): Promise<Uint8Array<ArrayBuffer> | null> {
    const file = await this.open(name);
    return file && readAll(file, options);
  }

  async done(): Promise<void> {
    await this.kept?.finish();
  }
}

function escaped(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

/** The commit of the revision that an address names; without a connection the last one that was found. */
async function commitOf(
  { model, revision, folder }: HubAddress,
  { hub, context, cache }: { hub: string; context: HttpContext; cache: ModelCache | null },
  options: FileOptions,
): Promise<string> {
  const wanted = revision ?? 'main';
  if (/^[0-9a-f]{40}$/.test(wanted)) return wanted;
  const name = `${hub}/${model}`;
  const known = (await cache?.commit(name, wanted)) ?? null;
  // Where there is something to fall back on, nobody has to wait for a connection.
  const once = known === null ? context : { ...context, retry: { ...context.retry, attempts: 1 } };
  try {
    const commit = await hubApi({ hub, model, folder }, once, options).commit(wanted);
    await cache?.keepCommit(name, wanted, commit);
    return commit;
  } catch (error) {
    if (known === null || !(error instanceof SourceError && error.mayPass)) throw error;
    options.onNotice?.({ kind: 'offline', file: model, reason: error.message });
    return known;
  }
}

/** A header could not carry other characters, and the error would show the token. @throws AccessError */
function checked(token: string | null): string | null {
  if (token === null || /^[\x21-\x7e]+$/.test(token)) return token;
  throw new AccessError('The token given is none: it has spaces, or characters that tokens do not have.');
}
