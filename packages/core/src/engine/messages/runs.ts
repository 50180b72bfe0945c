import type { RunInput } from './inputs.js';
import type { NodeRecord } from './nodes.js';
import type { OutputResult, Token } from './outputs.js';
import type { PatchIssue, PatchSpec, ProbeReading } from './patches.js';

export interface RunRequest {
  input: RunInput;
  /** In the order in which they apply. Disabled ones are ignored. */
  patches: PatchSpec[];
  /**
   * For vocabularies: the token position compared; negative counts from the end. Null is the masked token where the
   * model guesses those and there is one, else the last.
   */
  position: number | null;
  /** For vocabularies: how many of the most probable tokens to return (of clean and of patched, merged). */
  topK: number;
  /** `graph` of the tree the page already has; the answer then leaves out an equal one. */
  knownGraph: string | null;
}

export interface RunStatistics {
  /** Kernels of the whole graph, and those run again for the patches. */
  operations: number;
  recomputed: number;
  /** Wall time of the patched run including reading the result, in milliseconds. */
  milliseconds: number;
  /** Wall time of the clean run; 0 where a kept one was used. */
  cleanMilliseconds: number;
  /** Bytes that the backend holds. */
  bytes: number;
}

export interface RunResult {
  /** Of a text; empty for other inputs. */
  tokens: Token[];
  output: OutputResult;
  statistics: RunStatistics;
  /** Paths downstream of the patches: their patched value may differ from the clean one. */
  changed: string[];
  /** Names the graph that was run; it changes with the shapes of the input. */
  graph: string;
  /** The tree of that graph, or null if the page said that it knows it. */
  nodes: NodeRecord[] | null;
  probes: ProbeReading[];
  /** When not empty, nothing was run with patches: the output shows the clean run on both sides. */
  issues: PatchIssue[];
}
