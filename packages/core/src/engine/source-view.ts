import type { Entry, PathIndex } from '../graph/paths.js';
import type { StackFrame } from '../graph/types.js';
import { nodeCode } from '../patchable/node-code.js';
import { displayName, methodLines, type Sources } from '../patchable/sources.js';
import type { SourceView } from './protocol.js';

/**
 * The author's text for a node: an operation's or call's own lines; for graphs, and for values that
 * no line makes (inputs, parameters, outputs), the `forward` of the module around them.
 */
export function sourceView(index: PathIndex, entry: Entry, sources: Sources): SourceView {
  const code = nodeCode(index, entry, sources);
  const ownStack = entry.node.kind === 'graph' ? [] : entry.node.stack;
  const own = sources.position(ownStack);
  if (own !== null) {
    const count = own.text?.split('\n').length ?? 1;
    return view(entry, code, own, ownStack, sources, [own.textLine, own.textLine + count - 1]);
  }
  const stack = stackInForward(entry.node.kind === 'graph' ? entry : entry.parent);
  const outer = stack.at(-1);
  const position = outer === undefined ? null : sources.position([outer]);
  if (position === null)
    return { path: entry.path, file: null, text: null, lines: null, functionName: null, code };
  const text = sources.fileText(stack, position.file);
  const lines = text === null ? null : methodLines(text, 'forward', position.line);
  return view(entry, code, position, stack, sources, lines);
}

function view(
  { path }: Entry,
  code: string,
  position: { file: string; functionName: string | null },
  stack: readonly StackFrame[],
  sources: Sources,
  lines: [number, number] | null,
): SourceView {
  const { file, functionName } = position;
  return { path, file: displayName(file), text: sources.fileText(stack, file), lines, functionName, code };
}

/** A stack of something called directly in the graph's `forward`; its outermost frame lies there. */
function stackInForward(graph: Entry | null): readonly StackFrame[] {
  return graph?.children.find(({ node }) => node.stack.length > 0)?.node.stack ?? [];
}
