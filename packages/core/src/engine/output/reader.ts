import type { RecordedRun } from '../../patchable/recorded-run.js';
import type { HostTensor } from '../host-tensor.js';
import type { OutputResult, RunRequest, Token } from '../protocol.js';

/** What of an output is asked for. */
export interface OutputQuery extends Pick<RunRequest, 'position' | 'topK'> {
  readonly tokens: readonly Token[];
}

/** A part of an output on the CPU, with its node. */
export interface OutputValue extends HostTensor {
  readonly path: string;
}

/** How the outputs of one kind are read and compared. */
export interface OutputReader {
  /** The parts of a run's output that are compared. */
  read(run: RecordedRun, query: OutputQuery): Promise<OutputValue[]>;
  compare(clean: readonly OutputValue[], patched: readonly OutputValue[], query: OutputQuery): OutputResult;
}
