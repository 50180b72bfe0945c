import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';
import type { StackFrame } from '../graph/types.js';
import { Statements } from './statement.js';

/** A place in the author's code. Lines are counted from 1. */
export interface SourcePosition {
  readonly file: string;
  readonly line: number;
  readonly functionName: string | null;
  /** The statement there, or null where the file could not be read. */
  readonly text: string | null;
  /** The line with which the text begins: the statement may begin before the call. */
  readonly textLine: number;
}

interface Script {
  readonly content: string | null;
  readonly map: TraceMap | null;
}

/** A frame of a stack as it was written, with the text of its file. */
interface Place {
  readonly file: string;
  readonly line: number;
  readonly functionName: string | null;
  readonly content: string | null;
}

/** Reads the text of a script or source map; rejects or returns null where it cannot. */
export type ReadText = (url: string) => Promise<string | null>;

const MAP_COMMENT = /\/\/[#@] sourceMappingURL=(\S+)\s*$/;

/** Scripts and files of installed packages, tfjs in a bundle, and our own machinery, which are not the author's. */
const NOT_AUTHORS =
  /\/node_modules\/|@tensorflow|\/tfjs|\/trace\/(?:tracer|recorder|hooks|stack)\.|\/module\/(?:module|tensors)\./;

/** Frames that can be the author's; the outermost one, in `forward`, always is. */
function authorsFrames(stack: readonly StackFrame[]): StackFrame[] {
  return stack.filter(({ url }, i) => i === stack.length - 1 || !NOT_AUTHORS.test(url));
}

/**
 * Resolves positions of the code that ran to positions of the code that was written, through source
 * maps (spec rule G3). In Node files are read when they are asked for; in a browser call `load` first.
 */
export class Sources {
  private readonly scripts = new Map<string, Script>();
  /** Positions of stacks that are known already, as those of a loaded graph. */
  readonly known = new WeakMap<readonly StackFrame[], SourcePosition>();
  /** The statements of scripts and sources that have been looked at, by their text. */
  private readonly statements = new Map<string, Statements>();

  /** Fetches the scripts that the frames lie in, and their source maps. What fails is left out. */
  async load(stacks: Iterable<readonly StackFrame[]>, read: ReadText = fetchText): Promise<void> {
    const urls = new Set([...stacks].flatMap((stack) => authorsFrames(stack).map(({ url }) => url)));
    await Promise.all(
      [...urls].map(async (url) => {
        if (this.scripts.has(url)) return;
        const content = await read(url).catch(() => null);
        if (content === null) return;
        const map = await loadMap(url, content, read).catch(() => null);
        this.scripts.set(url, { content, map });
      }),
    );
  }

  /** The innermost frame in the author's code, or null. */
  position(stack: readonly StackFrame[]): SourcePosition | null {
    const known = this.known.get(stack);
    if (known !== undefined) return known;
    const places = authorsFrames(stack).map((frame) => this.locate(frame));
    const place = places.find(({ file }) => !NOT_AUTHORS.test(file)) ?? places.at(-1);
    return place === undefined ? null : this.describe(place);
  }

  /** The whole text of a file that `position` named. */
  fileText(stack: readonly StackFrame[], file: string): string | null {
    for (const { url } of stack) {
      const script = this.script(url);
      const text = script.map === null ? (url === file ? script.content : null) : contentOf(script.map, file);
      if (text !== null) return text;
    }
    return null;
  }

  private locate({ url, line, column, functionName }: StackFrame): Place {
    const { map, content } = this.script(url);
    if (map === null) return { file: url, line, functionName, content };
    const original = originalPositionFor(map, { line, column: column - 1 });
    if (original.source === null) return { file: url, line, functionName, content: null };
    return {
      file: original.source,
      line: original.line,
      functionName,
      content: contentOf(map, original.source),
    };
  }

  private describe({ file, line, functionName, content }: Place): SourcePosition {
    const unread = { file, line, functionName, text: null, textLine: line };
    if (content === null) return unread;
    const statements = this.statements.get(content) ?? new Statements(content);
    this.statements.set(content, statements);
    const statement = statements.at(line);
    if (statement === null) return unread;
    const written = isDefined(functionName, content) ? null : statements.functionAt(line);
    return {
      file,
      line,
      functionName: written ?? functionName,
      text: statement.text,
      textLine: statement.line,
    };
  }

  private script(url: string): Script {
    let script = this.scripts.get(url);
    if (script === undefined) {
      const content = readFileInNode(url);
      script = { content, map: content === null ? null : mapInNode(url, content) };
      this.scripts.set(url, script);
    }
    return script;
  }
}

/** True for a name that a file itself gives; minifiers make up others, and callbacks have none. */
function isDefined(name: string | null, content: string): boolean {
  const [first = ''] = name?.split('.') ?? [];
  return (
    /^[\w$]+$/.test(first) &&
    content.search(`(?:class|function|const|let)\\s+${first.replace(/\$/g, '\\$')}\\b`) >= 0
  );
}

async function fetchText(url: string): Promise<string | null> {
  if (!/^(?:https?|data|blob):/.test(url)) return null;
  const response = await fetch(url);
  return response.ok ? response.text() : null;
}

async function loadMap(url: string, content: string, read: ReadText): Promise<TraceMap | null> {
  const mapUrl = mapUrlOf(url, content);
  const json = mapUrl === null ? null : await read(mapUrl);
  // Sources of a map inside its script are relative to the script.
  return json === null ? null : new TraceMap(json, mapUrl?.startsWith('data:') ? url : mapUrl);
}

function mapInNode(url: string, content: string): TraceMap | null {
  const mapUrl = mapUrlOf(url.startsWith('/') ? `file://${url}` : url, content);
  const json = mapUrl === null ? null : readFileInNode(mapUrl);
  return json === null ? null : new TraceMap(json, mapUrl);
}

/** Where a script says that its source map is, or null. */
function mapUrlOf(url: string, content: string): string | null {
  const target = MAP_COMMENT.exec(content)?.[1];
  return target === undefined || !URL.canParse(target, url) ? null : new URL(target, url).href;
}

function contentOf(map: TraceMap, source: string): string | null {
  const index = map.resolvedSources.indexOf(source);
  return map.sourcesContent?.[index] ?? null;
}

/**
 * First and last line (from 1) of the method that encloses `line`, found by its name above and its
 * closing brace at the same indentation below.
 */
export function methodLines(content: string, method: string, line: number): [first: number, last: number] {
  const lines = content.split('\n');
  const header = new RegExp(`^(\\s*)(?:(?:public|protected|private|override|async)\\s+)*${method}\\s*[(<]`);
  for (let first = Math.min(line, lines.length); first >= 1; first -= 1) {
    const indent = header.exec(lines[first - 1] ?? '')?.[1];
    if (indent === undefined) continue;
    const end = lines.findIndex((text, at) => at >= line - 1 && text.startsWith(`${indent}}`));
    return [first, end < 0 ? line : end + 1];
  }
  return [line, line];
}

/** A file as people name it: below its packages folder, else with two parent folders; no host, no query. */
export function displayName(file: string): string {
  const [withoutQuery = file] = file.split('?');
  const parts = withoutQuery.split('/').filter((part) => part !== '..' && part !== '.');
  const start = parts.lastIndexOf('packages');
  return (start >= 0 ? parts.slice(start) : parts.slice(-3)).join('/');
}

/** Text of a local file where there is a file system, else null. */
function readFileInNode(url: string): string | null {
  const node = (globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } }).process;
  const fs = node?.getBuiltinModule?.('node:fs') as
    | { readFileSync(path: string | URL, encoding: 'utf8'): string }
    | undefined;
  if (fs === undefined) return null;
  try {
    return fs.readFileSync(url.startsWith('file:') ? new URL(url) : url, 'utf8');
  } catch {
    return null;
  }
}
