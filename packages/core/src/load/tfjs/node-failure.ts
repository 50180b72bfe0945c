import { CheckpointError } from '../../errors.js';

/** Errors that say what they are about, such as that memory ran out, are of classes of their own. */
const BARE: readonly unknown[] = [Error, TypeError];

/**
 * Runs nodes of a graph by tfjs's code, which says of a malformed one only where it broke down itself.
 * @throws CheckpointError that names the nodes
 */
export function explained<T>(nodes: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw failure(nodes, error);
  }
}

/** The same for nodes that wait. */
export async function explainedLater<T>(nodes: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw failure(nodes, error);
  }
}

function failure(nodes: string, error: unknown): unknown {
  if (!(error instanceof Error) || !BARE.includes(error.constructor)) return error;
  return new CheckpointError(
    `${nodes} of the graph in model.json cannot be run on these inputs: ${error.message}`,
    { cause: error },
  );
}
