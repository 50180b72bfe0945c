import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';
import type { StackFrame } from '../graph/types.js';

/** A place in the author's code. Lines are counted from 1. */
export interface SourcePosition {
  readonly file: string;
  readonly line: number;
  readonly functionName: string | null;
  /** The line(s) there, or null where the file could not be read. */
  readonly text: string | null;
}

interface Script {
  readonly content: string | null;
  readonly map: TraceMap | null;
}

/** Reads the text of a script or source map; rejects or returns null where it cannot. */
export type ReadText = (url: string) => Promise<string | null>;

const MAP_COMMENT = /\/\/[#@] sourceMappingURL=(\S+)\s*$/;

/** Scripts and files of installed packages, tfjs in a bundle, and our own machinery, which are not the author's. */
const NOT_AUTHORS =
  /\/node_modules\/|@tensorflow|\/tfjs|\/trace\/(?:tracer|hooks|stack)\.|\/module\/(?:module|tensors)\./;

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
    const positions = authorsFrames(stack).map((frame) => this.resolve(frame));
    return positions.find(({ file }) => !NOT_AUTHORS.test(file)) ?? positions.at(-1) ?? null;
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

  private resolve({ url, line, column, functionName }: StackFrame): SourcePosition {
    const { map, content } = this.script(url);
    if (map === null) return { file: url, line, functionName, text: statementAt(content, line) };
    const original = originalPositionFor(map, { line, column: column - 1 });
    if (original.source === null) return { file: url, line, functionName, text: null };
    const text = statementAt(contentOf(map, original.source), original.line);
    return { file: original.source, line: original.line, functionName, text };
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

/** The line, and the following ones up to the end of the statement as its brackets tell. */
export function statementAt(content: string | null, line: number): string | null {
  if (content === null) return null;
  const lines = content.split('\n').slice(line - 1, line + 9);
  let depth = 0;
  for (const [count, text] of lines.entries()) {
    for (const character of text) {
      if ('([{'.includes(character)) depth += 1;
      if (')]}'.includes(character)) depth -= 1;
    }
    if (depth <= 0) return dedent(lines.slice(0, count + 1));
  }
  return dedent(lines.slice(0, 1));
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

function dedent(lines: readonly string[]): string {
  const indents = lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/));
  const indent = Math.min(...indents);
  return lines.map((line) => line.slice(Number.isFinite(indent) ? indent : 0)).join('\n');
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
