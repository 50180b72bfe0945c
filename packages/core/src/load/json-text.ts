const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;

/**
 * Parses JSON from a source that may be hostile: how deep it nests is checked before anything recurses, and an
 * object that has a key twice, which readers take in different ways, is refused.
 * @throws SyntaxError
 */
export function parseJson(text: string, maxDepth: number): unknown {
  const { depth, members } = scan(text);
  if (depth > maxDepth) throw new SyntaxError(`it nests ${depth} levels deep, ${maxDepth} are allowed`);
  const value: unknown = JSON.parse(text);
  if (countMembers(value) !== members) throw new SyntaxError('an object in it has a key twice');
  return value;
}

/** How deep arrays and objects nest in a JSON text. */
export function jsonDepth(text: string): number {
  return scan(text).depth;
}

/** How deep arrays and objects nest, and how many members the objects have, repeated ones included. */
function scan(text: string): { depth: number; members: number } {
  let depth = 0;
  let level = 0;
  let members = 0;
  for (let i = 0; i < text.length; i += 1) {
    switch (text.charCodeAt(i)) {
      case QUOTE:
        i = endOfString(text, i);
        break;
      case COLON:
        members += 1;
        break;
      case 0x5b: // [
      case 0x7b: // {
        level += 1;
        if (level > depth) depth = level;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        level -= 1;
    }
  }
  return { depth, members };
}

/** Where the string that begins at `start` ends. */
function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) return i;
    if (code === BACKSLASH) i += 1;
  }
  return text.length;
}

function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) count += countMembers(item);
    return count;
  }
  for (const key of Object.keys(value)) count += 1 + countMembers((value as Record<string, unknown>)[key]);
  return count;
}
