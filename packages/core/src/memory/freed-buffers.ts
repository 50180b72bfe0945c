import type { DataId } from '@tensorflow/tfjs';

/** What of tfjs's WebGPU backend has to do with tensors that are freed before the commands that use them are sent. */
export interface FreedBuffers {
  readonly commandEncoder: unknown;
  readonly tensorDataPendingDisposal: readonly DataId[];
  readonly tensorMap: { get(dataId: DataId): { readonly resource?: unknown } };
  endComputePassEncoder(): void;
  submitQueue(): void;
}

/** How many bytes of freed tensors may wait. */
const MOST = 2 ** 25;

/**
 * tfjs sends its commands 15 at a time, and only then takes back the buffers of tensors that were freed meanwhile. Where
 * these are large, such as matrices that were unpacked for one product each, this sends what there is.
 */
export function takeBackFreed(backend: FreedBuffers): void {
  const { commandEncoder, tensorDataPendingDisposal: freed, tensorMap } = backend;
  if (commandEncoder === null || freed.length === 0) return;
  const bytes = freed.reduce((sum, dataId) => sum + sizeOf(tensorMap.get(dataId).resource), 0);
  if (bytes <= MOST) return;
  backend.endComputePassEncoder();
  backend.submitQueue();
}

function sizeOf(resource: unknown): number {
  return (resource as { readonly size?: number } | null | undefined)?.size ?? 0;
}
