import type { OutputPart, OutputResult } from '@patchbay/core/client';

/** The chosen tensor of an output, or the first one where it lacks that. Null for an output without any. */
export function partOf(
  { parts }: Extract<OutputResult, { kind: 'tensor' }>,
  path: string | null,
): OutputPart | null {
  return parts.find((part) => part.path === path) ?? parts[0] ?? null;
}
