import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A model as the Hub has it. */
export interface HubModel {
  files: Record<string, Uint8Array>;
  /** What branches and tags are. Default: `main` is a commit of its own. */
  revisions?: Record<string, string>;
  /** The token that it takes to see the model. */
  token?: string;
  /** Whether its licence has to be accepted, which nobody has. */
  gated?: boolean;
}

/** What goes wrong with requests whose path ends in a certain way. */
export interface Fault {
  path: string;
  /** At one of the servers; by default at both. */
  server?: 'hub' | 'cdn';
  /** How many requests it meets; by default all. */
  times?: number;
  /** Answers with this status and these headers, and nothing else. */
  status?: number;
  headers?: Record<string, string>;
  /** Breaks the connection after so many bytes of the body. */
  cutAfter?: number;
  /** Sends the whole file, whatever Range was asked for. */
  ignoreRange?: boolean;
  /** Sends a file with so many bytes less or more than there are. */
  longer?: number;
  /** Sends no length, so that nobody can tell whether something is missing. */
  chunked?: boolean;
  /** Changes one bit of this byte. */
  damage?: number;
  /** Another version of the file. */
  etag?: string | null;
  /** Sends parts of so many bytes, and waits so many milliseconds between them. */
  slow?: [bytes: number, milliseconds: number];
  /** Lets no other origin read the answer. */
  noCors?: boolean;
  /** Gives no answer at all. */
  dead?: boolean;
}

export interface SeenRequest {
  method: string;
  /** `hub` or `cdn`: these are different origins. */
  server: 'hub' | 'cdn';
  path: string;
  /** With its `?`. */
  query: string;
  range: string | null;
  authorization: string | null;
}

export const COMMIT = 'c0ffee'.padEnd(40, '0');

/** What pages of other origins may read of answers, as on the Hub. */
const EXPOSED =
  'X-Repo-Commit,X-Request-Id,X-Error-Code,X-Error-Message,ETag,Link,Accept-Ranges,Content-Range,X-Linked-Size,X-Linked-ETag';

/**
 * A server on this machine that behaves like the Hugging Face Hub: an API, files that are sent by the Hub itself, and
 * large ones that it redirects to a CDN of another origin, which refuses requests with a token as S3 does. Below `/plain/`
 * the CDN serves the same files without a Hub. Tests in a browser set faults by `POST /-/faults`.
 */
export class HubServer {
  readonly faults: Fault[] = [];
  readonly requests: SeenRequest[] = [];
  private constructor(
    private readonly models: Record<string, HubModel>,
    private readonly servers: Record<'hub' | 'cdn', Server>,
  ) {}

  static async start(models: Record<string, HubModel>): Promise<HubServer> {
    const servers = { hub: createServer(), cdn: createServer() };
    const hub = new HubServer(models, servers);
    for (const name of ['hub', 'cdn'] as const) {
      servers[name].on('request', (request, response) => hub.handle(name, request, response));
      await new Promise<void>((resolve) => servers[name].listen(0, '127.0.0.1', resolve));
    }
    return hub;
  }

  /** The address of the Hub. */
  get url(): string {
    return originOf(this.servers.hub);
  }

  /** The address of the folder of a model on a server that is no Hub. */
  plain(model: string): string {
    return `${originOf(this.servers.cdn)}/plain/${model}`;
  }

  /** The requests for a file, in order. */
  asked(path: string): SeenRequest[] {
    return this.requests.filter((request) => request.path.endsWith(path));
  }

  reset(): void {
    this.faults.length = 0;
    this.requests.length = 0;
  }

  async stop(): Promise<void> {
    for (const server of Object.values(this.servers)) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  private async handle(name: 'hub' | 'cdn', request: IncomingMessage, response: ServerResponse) {
    const { pathname: path, search: query } = new URL(request.url ?? '', 'http://localhost');
    if (path.startsWith('/-/')) return this.control(path, request, response);
    const { authorization = null, range = null } = request.headers;
    const method = request.method ?? 'GET';
    this.requests.push({ method, server: name, path, query, range, authorization });
    const fault = this.faultFor(name, path);
    if (fault.dead) return request.destroy();
    if (!fault.noCors) allowOrigins(request, response);
    if (method === 'OPTIONS') return response.writeHead(204).end();
    if (fault.status !== undefined) return response.writeHead(fault.status, fault.headers).end();
    if (name === 'hub') return this.answerAsHub(path, request, response, fault);
    if (authorization !== null) return response.writeHead(400).end('Only one auth mechanism allowed');
    const bytes = path.startsWith('/plain/') ? this.plainFile(path) : this.storedFile(path);
    if (bytes === undefined) return response.writeHead(404).end();
    await sendFile(request, response, bytes, fault);
  }

  private faultFor(name: 'hub' | 'cdn', path: string): Fault {
    const fault = this.faults.find(
      ({ server = name, times, ...each }) => server === name && path.endsWith(each.path) && times !== 0,
    );
    if (fault?.times !== undefined) fault.times -= 1;
    return fault ?? { path };
  }

  private async control(path: string, request: IncomingMessage, response: ServerResponse) {
    allowOrigins(request, response);
    if (request.method === 'OPTIONS') return response.writeHead(204).end();
    if (path === '/-/requests') return response.end(JSON.stringify(this.requests));
    let body = '';
    for await (const part of request) body += part;
    this.reset();
    this.faults.push(...(JSON.parse(body) as Fault[]));
    response.end();
  }

  private async answerAsHub(
    path: string,
    request: IncomingMessage,
    response: ServerResponse,
    fault: Fault,
  ): Promise<unknown> {
    const isApi = path.startsWith('/api/models/');
    const parts = (isApi ? path.slice('/api/models/'.length) : path.slice(1))
      .split('/')
      .map(decodeURIComponent);
    const model = this.models[`${parts[0]}/${parts[1]}`];
    const [view = '', revision = '', ...rest] = parts.slice(2);
    const isAllowed = model?.token === undefined || request.headers.authorization === `Bearer ${model.token}`;
    if (model === undefined || !isAllowed)
      return refuse(response, request.headers.authorization === undefined ? 401 : 404, 'RepoNotFound');
    const commits = { main: COMMIT, ...model.revisions };
    const commit = Object.entries(commits).find((entry) => entry.includes(revision))?.[1];
    if (commit === undefined) return refuse(response, 404, 'RevisionNotFound');
    if (isApi) return sendApi(response, model, view, `${parts[0]}/${parts[1]}`, commit);
    if (model.gated)
      return refuse(response, request.headers.authorization === undefined ? 401 : 403, 'GatedRepo');
    const bytes = model.files[rest.join('/')];
    if (view !== 'resolve' || bytes === undefined) return refuse(response, 404, 'EntryNotFound');
    response.setHeader('x-repo-commit', commit);
    if (!isLarge(rest.join('/'))) return sendFile(request, response, bytes, fault);
    const hash = sha256(bytes);
    response.setHeader('x-linked-size', bytes.length);
    response.setHeader('x-linked-etag', `"${hash}"`);
    const location = `${originOf(this.servers.cdn)}/stored/${hash}/${rest.at(-1)}`;
    return response.writeHead(302, { location }).end();
  }

  private storedFile(path: string): Uint8Array | undefined {
    const hash = path.split('/')[2];
    return Object.values(this.models)
      .flatMap(({ files }) => Object.values(files))
      .find((bytes) => sha256(bytes) === hash);
  }

  private plainFile(path: string): Uint8Array | undefined {
    const [, , owner, name, file = ''] = path.split('/');
    return this.models[`${owner}/${name}`]?.files[file];
  }
}

function originOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function allowOrigins(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('access-control-allow-origin', request.headers.origin ?? '*');
  response.setHeader('access-control-expose-headers', EXPOSED);
  response.setHeader('access-control-allow-headers', 'authorization,range,accept,content-type');
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'x-error-code': code }).end(JSON.stringify({ error: code }));
}

/** The Hub keeps weights apart, and says their hash. */
function isLarge(name: string): boolean {
  return name.endsWith('.safetensors') || name.endsWith('.bin');
}

function sendApi(response: ServerResponse, model: HubModel, view: string, id: string, commit: string): void {
  const entries = Object.entries(model.files).map(([path, bytes]) => {
    const lfs = { oid: sha256(bytes), size: bytes.length, pointerSize: 130 };
    return { type: 'file', path, size: bytes.length, oid: '0', ...(isLarge(path) && { lfs }) };
  });
  const about = { _id: id, id, sha: commit, private: false, gated: model.gated ? 'manual' : false };
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(view === 'tree' ? entries : { ...about, lastModified: '2026-01-01' }));
}

async function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  original: Uint8Array,
  fault: Fault,
): Promise<void> {
  const bytes = altered(original, fault);
  const etag = fault.etag === undefined ? `"${sha256(original)}"` : fault.etag;
  if (etag !== null) response.setHeader('etag', etag);
  response.setHeader('content-type', 'application/octet-stream');
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  const begin = Number(range?.[1] ?? 0);
  if (range === null || fault.ignoreRange) return sendBody(response, bytes, fault);
  response.setHeader('accept-ranges', 'bytes');
  if (begin >= bytes.length) {
    response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
    return;
  }
  const end = range[2] === '' ? bytes.length : Math.min(bytes.length, Number(range[2]) + 1);
  response.statusCode = 206;
  response.setHeader('content-range', `bytes ${begin}-${end - 1}/${bytes.length}`);
  await sendBody(response, bytes.subarray(begin, end), fault);
}

function altered(bytes: Uint8Array, { longer = 0, damage }: Fault): Uint8Array {
  const copy = new Uint8Array(bytes.length + longer);
  copy.set(bytes.subarray(0, copy.length));
  if (damage !== undefined) copy[damage] = (copy[damage] as number) ^ 1;
  return copy;
}

async function sendBody(response: ServerResponse, bytes: Uint8Array, fault: Fault): Promise<void> {
  if (!fault.chunked) response.setHeader('content-length', bytes.length);
  const sent = bytes.subarray(0, fault.cutAfter ?? bytes.length);
  const [step, wait] = fault.slow ?? [sent.length || 1, 0];
  response.flushHeaders();
  for (let at = 0; at < sent.length && !response.destroyed; at += step) {
    await new Promise((resolve) => response.write(sent.subarray(at, at + step), resolve));
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
  }
  if (fault.cutAfter === undefined) response.end();
  else response.destroy();
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
