/** A path to a part of a document. */
export type Path = readonly (string | number)[];

/** Every part of a document that is no list or object, and empty ones. */
export function leavesOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) return [path];
  return Object.entries(value).flatMap(([key, each]) =>
    leavesOf(each, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}

/** Every list and object of a document. */
export function nodesOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [];
  return [path, ...Object.entries(value).flatMap(([key, each]) => nodesOf(each, [...path, key]))];
}

/** The part of a document at a path. */
export function at(root: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], root);
}

/** Puts something at a path of a document. @returns the document, or what was put in its place */
export function put(root: unknown, path: Path, value: unknown): unknown {
  if (path.length === 0) return value;
  const parent = at(root, path.slice(0, -1)) as Record<string, unknown>;
  Object.defineProperty(parent, path.at(-1) as string, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
  return root;
}
