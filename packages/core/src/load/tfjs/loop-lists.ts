import type * as tf from '@tensorflow/tfjs';

/** What runs a graph, or a function of one; private in tfjs's types. */
interface Executor {
  readonly functionExecutorMap: Readonly<Record<string, Executor>>;
  /** Ids of tensors that are not freed when a run ends. */
  readonly weightIds: readonly number[];
  executeWithControlFlow(...args: unknown[]): Promise<Readonly<Record<string, (tf.Tensor | undefined)[]>>>;
}

/**
 * Lets loops fill lists. When the body of a loop ends, tfjs 4.22 frees all that it made but its results, also what it has
 * put into lists and marked to be kept; lists are freed with the run anyway.
 */
export function keepListsOfLoops(model: tf.GraphModel<tf.io.IOHandlerSync>): void {
  const { executor } = model as unknown as { executor: Executor };
  for (const body of Object.values(executor.functionExecutorMap)) keepLists(body);
}

function keepLists(body: Executor): void {
  const { weightIds } = body;
  const run = body.executeWithControlFlow.bind(body);
  let kept: readonly number[] = [];
  body.executeWithControlFlow = async (...args) => {
    const tensors = await run(...args);
    const all = Object.values(tensors).flat();
    kept = all.filter((tensor) => tensor?.kept === true).map((tensor) => (tensor as tf.Tensor).id);
    return tensors;
  };
  Object.defineProperty(body, 'weightIds', { get: () => [...weightIds, ...kept] });
}
