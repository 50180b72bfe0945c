import type { StackFrame } from '../graph/types.js';

const LIMIT = 30;

/**
 * The call stack from the caller of a tfjs op out to the `forward` that called it, innermost
 * first. V8's format; elsewhere the result is empty.
 */
export function captureStack(): StackFrame[] {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = LIMIT;
  const { stack } = new Error();
  Error.stackTraceLimit = before;
  const frames: StackFrame[] = [];
  for (const text of stack?.split('\n').slice(1) ?? []) {
    const frame = parseFrame(text);
    if (frame === null) continue;
    frames.push(frame);
    if (frame.functionName?.endsWith('.forward') === true) return frames;
  }
  return [];
}

/** Reads `    at GPT2Attention.forward (http://host/file.js:12:34)` and `    at file:///x.js:1:2`. */
export function parseFrame(text: string): StackFrame | null {
  const match = /^\s*at (?:(?:new |async )?(.+?) \()?(.*?):(\d+):(\d+)\)?$/.exec(text);
  if (match === null) return null;
  const [, functionName, url, line, column] = match;
  return { url: url ?? '', line: Number(line), column: Number(column), functionName: functionName ?? null };
}
