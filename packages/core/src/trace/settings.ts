/** A copy of a kernel's settings: authors may go on to change an array that they gave. */
export function copySettings(settings: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, copy(value)]));
}

function copy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copy);
  return ArrayBuffer.isView(value) ? (value as Float32Array).slice() : value;
}
