import { SourceError } from '../errors.js';
import { ModelCache } from './cache/model-cache.js';
import type { CheckpointFiles, FileOptions } from './checkpoint-files.js';
import { fileList } from './file-list.js';
import { type HttpContext, nameOf } from './http/request.js';
import { RETRIES, type RetryPolicy } from './http/retry.js';
import { decoded, HUB, type HubAddress, parseHubId, parseHubUrl } from './hub/address.js';
import { openHub } from './hub/hub-files.js';
import { isNode, isPath, nodeFolder, pathOf } from './node-folder.js';
import { TFJS_MODEL } from './tfjs/model-json.js';
import { UrlFiles } from './url-files.js';
import { atOnce, type Waits, withWaits } from './waits.js';

/**
 * Where a checkpoint is: text or an address (see `openSource`), or files as a browser's picker or drop gives them,
 * those of a folder included.
 */
export type Source = string | URL | readonly File[];

/** How to get at a source. */
export interface SourceOptions {
  signal?: AbortSignal | undefined;
  /** Told of retries, of what is not kept and why, and of what is used without a connection. */
  onNotice?: FileOptions['onNotice'];
  /** Branch, tag or commit on the Hub, where the source names none. Default `main`. */
  revision?: string | undefined;
  /** An access token of the Hub, for private and gated models. It goes to the Hub alone, and is not kept. */
  token?: string | undefined;
  /** Where downloads are kept; null for nowhere. Default: the browser's cache, and nowhere in Node. */
  cache?: ModelCache | null | undefined;
  /** The address of the Hub. Default `https://huggingface.co`. */
  hubUrl?: string | undefined;
  /** How often and how long to try again. */
  retry?: Partial<RetryPolicy> | undefined;
  /** Put around every wait for bytes, by those who have others use the backend meanwhile. */
  waits?: Waits | undefined;
}

/** The files of a source, and which of them it names, if it does. */
export interface OpenedSource {
  readonly files: CheckpointFiles;
  readonly file: string | null;
}

/**
 * The name of the model.json, where a source is a model that TensorFlow.js has saved: its name ends like that, or there is
 * one and no config.json. Null for checkpoints of Hugging Face.
 */
export function tfjsFile({ files: { sizes }, file }: OpenedSource): string | null {
  if (file !== null) return TFJS_MODEL.test(file) ? file : null;
  return sizes?.has('model.json') && !sizes.has('config.json') ? 'model.json' : null;
}

/** A name that ends like this is a file's, any other one a folder's. */
const FILE = /[^/]+\.(?:json|safetensors|bin)$/;

/**
 * Finds out what a source is and opens it. Addresses of the Hub, and `owner/name` perhaps with `@revision`, are models
 * on the Hub; other addresses are folders on a server, or a file in one. In Node, text is a path if there is one of that
 * name, before it is a Hub id; elsewhere other text is an address relative to the page (`./models/mine`).
 * @throws SourceError, AccessError; CheckpointError for files of several models
 */
export async function openSource(source: Source, options: SourceOptions): Promise<OpenedSource> {
  const { waits = atOnce } = options;
  const { files, file } = await waits(() => findSource(source, options));
  return { files: withWaits(files, waits), file };
}

async function findSource(source: Source, options: SourceOptions): Promise<OpenedSource> {
  if (typeof source !== 'string' && !(source instanceof URL)) return { files: fileList(source), file: null };
  if (source instanceof URL || /^(?:https?|file):/.test(source)) return openUrl(new URL(source), options);
  if (isNode() && (await isPath(source))) return openPath(source);
  const hub = parseHubId(source);
  if (hub !== null) return openModel(hub, options);
  if (!isNode()) return openUrl(new URL(source, globalThis.location.href), options);
  throw new SourceError(
    `There is no folder '${source}', and it is no model on the Hub either, which would be named 'owner/name'.`,
  );
}

async function openUrl(url: URL, options: SourceOptions): Promise<OpenedSource> {
  if (url.protocol === 'file:') return openPath(await pathOf(url));
  const hub = parseHubUrl(url, hubOf(options));
  if (hub !== null) return openModel(hub, options);
  const folder = new URL(url);
  folder.hash = '';
  const file = FILE.exec(url.pathname)?.[0] ?? null;
  if (file !== null) folder.pathname = url.pathname.slice(0, -file.length);
  else if (!folder.pathname.endsWith('/')) folder.pathname += '/';
  const cache = await cacheOf(options);
  // What the page itself serves is as near as any cache.
  const isOwn = folder.origin === globalThis.location?.origin;
  const address = nameOf(folder);
  const name = file !== null && TFJS_MODEL.test(file) ? address + file : address;
  const kept = cache && !isOwn ? await cache.model(address, { name, revision: null }) : null;
  const context: HttpContext = {
    retry: { ...RETRIES, ...options.retry },
    cache: kept === null ? 'default' : 'no-store',
    hub: null,
    readable: new Set(),
  };
  return { files: new UrlFiles(folder, context, kept), file: file && decoded(file) };
}

async function openModel(address: HubAddress, options: SourceOptions): Promise<OpenedSource> {
  const { signal, onNotice, token = null, revision = null } = options;
  const retry = { ...RETRIES, ...options.retry };
  const found = { ...address, revision: address.revision ?? revision };
  const files = await openHub(
    found,
    { hub: hubOf(options), token, cache: await cacheOf(options), retry },
    { signal, onNotice },
  );
  return { files, file: address.file };
}

async function openPath(path: string): Promise<OpenedSource> {
  const file = FILE.exec(path)?.[0] ?? null;
  const folder = (file === null ? path : path.slice(0, -file.length)).replace(/(?<=.)\/$/, '') || '.';
  const isSaved = file === null && !(await isPath(`${folder}/config.json`));
  const saved = isSaved && (await isPath(`${folder}/model.json`)) ? 'model.json' : null;
  return { files: nodeFolder(folder), file: file ?? saved };
}

function hubOf({ hubUrl }: SourceOptions): string {
  return (hubUrl ?? HUB).replace(/\/$/, '');
}

async function cacheOf({ cache }: SourceOptions): Promise<ModelCache | null> {
  return cache === undefined ? ModelCache.ofBrowser() : cache;
}
