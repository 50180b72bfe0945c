import { HUB, type ModelSource, parseHubId, parseHubUrl } from '@patchbay/core/client';

/** What a text in the field for a model means. */
export type SourceText =
  | { kind: 'empty' }
  | { kind: 'source'; title: string; source: ModelSource; words: string }
  | { kind: 'problem'; message: string };

const EMPTY: SourceText = { kind: 'empty' };

/** Hosts whose models' pages are the Hub's. */
const HUB_HOST = /^(?:www\.)?(?:huggingface\.co|hf\.co)\//i;

/** Text that begins as only addresses do, perhaps without their protocol. */
const ADDRESS = /^(?:[a-z][a-z0-9+.-]*:|\.{0,2}\/|localhost\b)/i;

/**
 * Reads what somebody typed: the id of a model on the Hugging Face Hub, the address of its page, of a folder or of a
 * model.json. `revision` is for the Hub, where the text names none; `page` is the protocol by which the page came.
 */
export function readSourceText(
  typed: string,
  revision = '',
  page: string = globalThis.location?.protocol ?? 'http:',
): SourceText {
  const text = typed.trim();
  if (text === '') return EMPTY;
  if (/\s/.test(text)) return problem('There are no spaces in names and addresses of models.');
  if (HUB_HOST.test(text)) return readAddress(`https://${text}`, revision, page);
  if (ADDRESS.test(text)) return readAddress(text, revision, page);
  const id = parseHubId(text);
  if (id !== null) return hubSource(id.model, id.revision ?? revision.trim());
  if (!text.includes('/')) {
    return problem(
      `Models on the Hub are named owner/name, such as openai-community/gpt2; '${text}' has no owner.`,
    );
  }
  return problem(
    `'${text}' is neither a model on the Hub (owner/name) nor an address that begins with https://.`,
  );
}

function readAddress(text: string, revision: string, page: string): SourceText {
  const base = /^\.{0,2}\/(?!\/)/.test(text) ? 'https://page.invalid' : undefined;
  if (!URL.canParse(text, base)) return problem(`'${text}' is no complete address.`);
  const url = new URL(text, base);
  if (base !== undefined) return { ...urlSource(text), words: 'a folder on this page’s own server' };
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return problem(`Addresses begin with https:// or http://, not with ${url.protocol}`);
  if (isRefused(url, page))
    return problem(
      'This page came by https://, so the browser refuses addresses that begin with http://. Does https:// answer there?',
    );
  if (url.username !== '' || url.password !== '')
    return problem('Leave user name and password out of the address; the page would not send them.');
  try {
    const hub = parseHubUrl(url, HUB);
    if (hub === null) return { ...urlSource(url.href), words: wordsFor(url) };
    const named = hub.revision ?? revision.trim();
    if (hub.folder === '' && (hub.file === null || isWeights(hub.file))) return hubSource(hub.model, named);
    return { ...urlSource(url.href, hub.model), words: `a part of ${hub.model} on the Hugging Face Hub` };
  } catch (error) {
    return problem((error as Error).message);
  }
}

/** Browsers let pages that came by https ask other hosts than their own machine by https alone. */
function isRefused({ protocol, hostname }: URL, page: string): boolean {
  const isHere = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
  return page === 'https:' && protocol === 'http:' && !isHere;
}

/** The page of the weights stands for the model. */
function isWeights(file: string): boolean {
  return /\.(?:safetensors|bin)(?:\.index\.json)?$/.test(file) || file === 'config.json';
}

function hubSource(id: string, revision: string): SourceText {
  const words = revision === '' ? 'on the Hugging Face Hub' : `on the Hugging Face Hub, revision ${revision}`;
  return { kind: 'source', title: id, source: { kind: 'hub', id, revision: revision || null }, words };
}

function urlSource(
  url: string,
  title = titleOf(url),
): { kind: 'source'; title: string; source: ModelSource } {
  return { kind: 'source', title, source: { kind: 'url', url } };
}

/** The last part of the path that is no common file name. */
function titleOf(address: string): string {
  const url = new URL(address, 'https://page.invalid');
  const parts = url.pathname
    .split('/')
    .filter((part) => part !== '' && !/\.(?:json|safetensors)$/.test(part));
  return decoded(parts.at(-1) ?? url.host);
}

/** Text of an address as it is meant; where it is not well formed, as it stands. */
function decoded(text: string): string {
  try {
    return decodeURI(text);
  } catch {
    return text;
  }
}

function wordsFor(url: URL): string {
  return url.pathname.endsWith('model.json')
    ? `a TensorFlow.js model on ${url.host}`
    : `a folder on ${url.host}`;
}

function problem(message: string): SourceText {
  return { kind: 'problem', message };
}
