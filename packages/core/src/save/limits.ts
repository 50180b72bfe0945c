/** Bounds on what a graph file may describe. They are far above what tfjs can compute, or what authors write. */

/** Elements of one tensor. */
export const MAX_ELEMENTS = 2 ** 31 - 1;

/** Axes of one tensor; tfjs knows six. */
export const MAX_RANK = 16;

/** Tensors that go out of a graph, or out of a call inside of an opaque module. */
export const MAX_OUTPUTS = 2 ** 14;

/** Graphs in a file: more than are kept at a time. */
export const MAX_GRAPHS = 128;

/** Characters of all node paths of a graph together, and of the settings that its nodes show. */
export const MAX_PATHS = 2 ** 25;

/** Siblings whose names are the same but for characters that names in code and paths cannot have. */
export const MAX_LOOKALIKES = 64;

/** Names in a row for the same tensor, each of the one before. */
export const MAX_ALIASES = 2000;

/** Calls inside of opaque modules, times values: what it takes to prepare a run. */
export const MAX_NESTED_WORK = 2 ** 28;

/**
 * Bytes that a run may hold at once, besides the model and its inputs, and what each element of those adds. Large
 * inputs and models make large intermediate values.
 */
export const RUN_BYTES = { least: 2 ** 32, perElement: 2 ** 10 };

/**
 * Additions and the like that a run may take: so many for each pair of elements of the model and the inputs, where
 * there are at least `least` of them. What is stored and given is what a hostile file cannot invent.
 */
export const RUN_WORK = { perPair: 16, least: 2 ** 16 };
