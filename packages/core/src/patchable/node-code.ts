import { graphCode, statementCode } from '../graph/code.js';
import type { Entry, PathIndex } from '../graph/paths.js';
import type { Node } from '../graph/types.js';
import { displayName, type Sources } from './sources.js';

/** Everything that ends a comment. */
const LINE_END = /\r\n|[\n\r\u2028\u2029]/;

/**
 * Spec rule G3. Of an operation: where it was called, as a comment, and the author's line(s). Of a module
 * call: the same, all as comments, and its compiled graph. Of an input: the call that gave it. Of the rest,
 * and where the source cannot be read: the line of the module's compiled graph.
 */
export function nodeCode(index: PathIndex, entry: Entry, sources: Sources): string {
  const whole = wholeValue(entry);
  const { node, parent } = whole;
  if (node.kind === 'graph') {
    const { comment, text } = calling(node, sources);
    const call = text.flatMap((lines) => lines.split(LINE_END)).map((line) => `// ${line}`.trimEnd());
    return [...comment, ...call, graphCode(index, whole)].join('\n');
  }
  if (node.kind === 'input' && parent?.node.kind === 'graph') {
    const { comment, text } = calling(parent.node, sources);
    return [`// An argument of ${parent.node.type}.forward`, ...comment, ...text].join('\n');
  }
  const { comment, text } = calling(node, sources);
  return [...comment, ...(text.length > 0 ? text : [statementCode(index, whole) ?? ''])].join('\n');
}

/** The entry of the node that a part was dug out of. */
function wholeValue(entry: Entry): Entry {
  return entry.isPart && entry.parent !== null ? wholeValue(entry.parent) : entry;
}

function calling({ stack }: Node, sources: Sources): { comment: string[]; text: string[] } {
  const call = sources.position(stack);
  if (call === null) return { comment: [], text: [] };
  const { file, line, functionName, text } = call;
  const where = `// ${displayName(file)}:${line}${functionName === null ? '' : ` in ${functionName}`}`;
  return { comment: [where], text: text === null ? [] : [text] };
}
